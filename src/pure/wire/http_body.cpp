#include "wire/http_body.hpp"

#include <algorithm>

#include "wire/ascii.hpp"

namespace x1::wire {
namespace {

// No more than this is reserved before bytes have come: a length is a claim.
constexpr std::size_t max_reserved = 64 * 1024;
constexpr std::size_t max_size_digits = 8;

}  // namespace

HttpBody::HttpBody(const http_head::Framing& framing, const HttpLimits& limits, bool trailers, base::Code malformed)
    : step_(Step::done),
      trailer_left_(limits.head_bytes),
      max_(limits.body_bytes),
      trailers_(trailers),
      code_(malformed) {
  using Kind = http_head::Framing::Kind;
  switch (framing.kind) {
    case Kind::none: break;
    case Kind::length:
      step_ = Step::length;
      left_ = framing.length;
      body_.reserve(std::min(left_, max_reserved));
      break;
    case Kind::chunked: step_ = Step::size; break;
    case Kind::until_close: step_ = Step::until_close; break;
  }
}

base::Status HttpBody::feed(std::string_view& bytes) {
  while (!bytes.empty() && step_ != Step::done) {
    if (step_ == Step::length || step_ == Step::data) {
      take_data(bytes);
    } else if (step_ == Step::until_close) {
      X1_TRY(taken, take_until_close(bytes));
    } else {
      X1_TRY(taken, take_framing(bytes.front()));
      bytes.remove_prefix(1);
    }
  }
  return base::Done{};
}

void HttpBody::take_data(std::string_view& bytes) {
  const auto part = bytes.substr(0, left_);
  body_.append(part);
  bytes.remove_prefix(part.size());
  left_ -= part.size();
  if (left_ == 0) step_ = step_ == Step::data ? Step::data_cr : Step::done;
}

base::Status HttpBody::take_until_close(std::string_view& bytes) {
  if (bytes.size() > max_ - body_.size()) return too_large();
  body_.append(bytes);
  bytes = {};
  return base::Done{};
}

// One byte of what stands around the chunks (RFC 9112, section 7.1): no extensions, no blanks, CR LF only.
base::Status HttpBody::take_framing(char c) {
  switch (step_) {
    case Step::size: return take_size(c);
    case Step::size_end:
      if (c != '\n') return malformed();
      step_ = left_ == 0 ? Step::line_start : Step::data;
      return base::Done{};
    case Step::data_cr:
      if (c != '\r') return malformed();
      step_ = Step::data_lf;
      return base::Done{};
    case Step::data_lf:
      if (c != '\n') return malformed();
      step_ = Step::size;
      digits_ = 0;
      return base::Done{};
    case Step::line_start:
    case Step::line:
    case Step::line_end:
    case Step::last_end: return take_trailer(c);
    case Step::length:
    case Step::until_close:
    case Step::data:
    case Step::done: break;
  }
  return malformed();
}

base::Status HttpBody::take_size(char c) {
  if (c == '\r' && digits_ > 0) {
    if (left_ > max_ - body_.size()) return too_large();
    step_ = Step::size_end;
    return base::Done{};
  }
  const int value = hex_value(c);
  if (value < 0 || digits_ == max_size_digits) return malformed();
  left_ = left_ * 16 + static_cast<std::size_t>(value);
  ++digits_;
  return base::Done{};
}

base::Status HttpBody::take_trailer(char c) {
  if (step_ == Step::last_end) {
    if (c != '\n') return malformed();
    step_ = Step::done;
    return base::Done{};
  }
  if (step_ == Step::line_start && c == '\r') {
    step_ = Step::last_end;
    return base::Done{};
  }
  if (!trailers_) return malformed();
  if (trailer_left_ == 0) return too_large();
  --trailer_left_;
  if (step_ == Step::line_end) {
    if (c != '\n') return malformed();
    step_ = Step::line_start;
  } else if (c == '\n' || c == '\0') {
    return malformed();
  } else {
    step_ = c == '\r' ? Step::line_end : Step::line;
  }
  return base::Done{};
}

base::Error HttpBody::malformed() const { return {code_, "The chunks of the HTTP body are malformed.", ""}; }

base::Error HttpBody::too_large() const {
  return {base::Code::too_large, "The HTTP body is longer than " + std::to_string(max_) + " bytes.", ""};
}

}  // namespace x1::wire
