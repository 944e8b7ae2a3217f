// The reader half of json.hpp. Boost.JSON's event parser finds the tokens; the handler here builds Values from them
// and refuses what the grammar alone would let pass: repeated names, numbers that lose digits, too many values.
#include "wire/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <optional>

namespace x1::wire {
namespace {

namespace json = boost::json;
using base::Code;
using base::Error;

// Builds the tree in place. While a container is open nothing is added to the one around it, so the pointers on the
// stack stay good.
class Builder {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  explicit Builder(std::size_t max_values) : left_(max_values) {}

  [[nodiscard]] Value take() { return std::move(root_); }
  [[nodiscard]] const std::optional<Error>& refusal() const noexcept { return refusal_; }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code& code) { return open(Value(Value::Object{}), code); }
  bool on_array_begin(json::error_code& code) { return open(Value(Value::Array{}), code); }
  bool on_object_end(std::size_t, json::error_code&) { return close(); }
  bool on_array_end(std::size_t, json::error_code&) { return close(); }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t size, json::error_code& code) {
    return on_key_part(part, size, code);
  }

  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& code) {
    text_.append(part.data(), part.size());
    return add(Value(std::exchange(text_, {})), code) != nullptr;
  }

  bool on_number_part(json::string_view part, json::error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t value, json::string_view, json::error_code& code) {
    text_.clear();
    return add(Value(value), code) != nullptr;
  }
  bool on_uint64(std::uint64_t, json::string_view part, json::error_code& code) { return on_double(0, part, code); }
  // Boost 1.81 may be off by the last digit; the text is read again, exactly.
  bool on_double(double, json::string_view part, json::error_code& code) {
    text_.append(part.data(), part.size());
    return add_number(std::exchange(text_, {}), code);
  }

  bool on_bool(bool value, json::error_code& code) { return add(Value(value), code) != nullptr; }
  bool on_null(json::error_code& code) { return add(Value(), code) != nullptr; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  bool refuse(Code why, const char* message, json::error_code& code) {
    refusal_ = Error{why, message, ""};
    code = json::error::syntax;
    return false;
  }

  Value* add(Value&& value, json::error_code& code) {
    if (left_ == 0) {
      refuse(Code::too_large, "The JSON text holds too many values.", code);
      return nullptr;
    }
    --left_;
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (auto* values = open_.back()->array()) return &values->emplace_back(std::move(value));
    auto& members = *open_.back()->object();
    const auto before = members.size();
    const auto member = members.try_emplace(members.end(), std::move(key_), std::move(value));
    key_.clear();
    if (members.size() == before) {
      refuse(Code::invalid_json, "A member name stands twice in one JSON object.", code);
      return nullptr;
    }
    return &member->second;
  }

  bool add_number(const std::string& text, json::error_code& code) {
    constexpr auto lost = "A JSON number is beyond what a 64-bit integer or a double can hold.";
    double value = 0;
    const std::string_view view(text);
    const auto read = std::from_chars(view.begin(), view.end(), value);
    if (read.ec != std::errc() || read.ptr != view.end() || !std::isfinite(value)) {
      return refuse(Code::invalid_json, lost, code);
    }
    const auto canonical = canonical_number(value);
    const std::string_view digits(canonical);
    // An integer too large for int64 came here: it may only pass when no digit of it is lost.
    const bool integer_text = view.find_first_of(".eE") == std::string_view::npos;
    if (integer_text && digits != view) return refuse(Code::invalid_json, lost, code);
    std::int64_t integer = 0;
    const auto whole = std::from_chars(digits.begin(), digits.end(), integer);
    if (whole.ec == std::errc() && whole.ptr == digits.end()) return add(Value(integer), code) != nullptr;
    return add(Value(value), code) != nullptr;
  }

  bool open(Value&& container, json::error_code& code) {
    auto* added = add(std::move(container), code);
    if (added == nullptr) return false;
    open_.push_back(added);
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Value root_;
  std::vector<Value*> open_;
  std::string key_;
  std::string text_;
  std::size_t left_;
  std::optional<Error> refusal_;
};

Error failure(const json::error_code& code, const Builder& builder, std::size_t at) {
  const auto where = " Reading stopped at byte " + std::to_string(at) + ".";
  if (const auto& refusal = builder.refusal()) return Error{refusal->code, refusal->message + where, refusal->next};
  if (code == json::error::too_deep) return Error{Code::too_large, "The JSON text is nested too deeply." + where, ""};
  return Error{Code::invalid_json, "The text is not valid JSON." + where, "send JSON as RFC 8259 describes it"};
}

}  // namespace

base::Result<Value> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    return Error{Code::too_large, "The JSON text is longer than " + std::to_string(limits.bytes) + " bytes.", ""};
  }
  json::parse_options options;
  options.max_depth = limits.depth;
  json::basic_parser<Builder> parser(options, limits.values);
  json::error_code code;
  const auto used = parser.write_some(false, text.data(), text.size(), code);
  if (code || used < text.size()) return failure(code, parser.handler(), used);
  return parser.handler().take();
}

}  // namespace x1::wire
