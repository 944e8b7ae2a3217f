// Arguments: parameters and body of a request that seam::check has passed, by name. Asking for what the operation does
// not declare is a bug.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/records.hpp"
#include "base/bytes.hpp"
#include "base/check.hpp"
#include "crypto/digest.hpp"
#include "seam/edge.hpp"

namespace x1::api {

class Arguments {
 public:
  explicit Arguments(const seam::edge::Request& request) : request_(request) {}

  template <class Id>
  [[nodiscard]] Id id(std::string_view name) const {
    auto parsed = Id::parse(text(name));
    X1_CHECK(parsed.ok());
    return std::move(parsed).value();
  }
  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> optional_text(std::string_view name) const;
  [[nodiscard]] std::uint64_t number(std::string_view name) const;
  [[nodiscard]] std::optional<std::uint64_t> optional_number(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name, bool otherwise) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
  [[nodiscard]] crypto::Digest digest(std::string_view name) const;
  [[nodiscard]] std::optional<TimePoint> optional_time(std::string_view name) const;
  [[nodiscard]] base::Bytes base64(std::string_view name) const;

 private:
  const seam::edge::Request& request_;
};

}  // namespace x1::api
