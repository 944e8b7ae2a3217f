// The body of an HTTP/1.1 message, taken out of its framing as the bytes come. Inner part of http.hpp.
#pragma once

#include <string>
#include <string_view>

#include "wire/http_head.hpp"

namespace x1::wire {

class HttpBody {
 public:
  // `trailers`: whether fields may follow the last chunk. They are skipped, never read.
  HttpBody(const http_head::Framing& framing, const HttpLimits& limits, bool trailers, base::Code malformed);

  // Takes what it needs from the front of `bytes` and shortens them.
  [[nodiscard]] base::Status feed(std::string_view& bytes);
  // The body is whole. Never so for one that ends with the connection.
  [[nodiscard]] bool done() const noexcept { return step_ == Step::done; }
  [[nodiscard]] bool until_close() const noexcept { return step_ == Step::until_close; }
  [[nodiscard]] std::string take() { return std::move(body_); }

 private:
  enum class Step {
    length,
    until_close,
    size,
    size_end,
    data,
    data_cr,
    data_lf,
    line_start,
    line,
    line_end,
    last_end,
    done
  };

  void take_data(std::string_view& bytes);
  [[nodiscard]] base::Status take_until_close(std::string_view& bytes);
  [[nodiscard]] base::Status take_framing(char c);
  [[nodiscard]] base::Status take_size(char c);
  [[nodiscard]] base::Status take_trailer(char c);
  [[nodiscard]] base::Error malformed() const;
  [[nodiscard]] base::Error too_large() const;

  Step step_;
  std::size_t left_ = 0;      // bytes of the body, or of this chunk, still to come
  std::size_t digits_ = 0;    // of this chunk's size, so far
  std::size_t trailer_left_;  // bytes of trailers that may still come
  std::size_t max_;
  bool trailers_;
  base::Code code_;
  std::string body_;
};

}  // namespace x1::wire
