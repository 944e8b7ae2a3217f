#include "policy/source.hpp"

#include <array>
#include <utility>

#include "wire/fields.hpp"

namespace x1::policy {
namespace {

using base::Code;
using base::Error;
using wire::Value;

constexpr std::size_t max_id_bytes = 512;
constexpr std::array kinds{SourceKind::user, SourceKind::connection, SourceKind::host};

}  // namespace

std::string_view to_string(SourceKind kind) noexcept {
  switch (kind) {
    case SourceKind::user: return "user";
    case SourceKind::connection: return "connection";
    case SourceKind::host: return "host";
  }
  return "host";
}

Value to_value(const Source& source) { return Value::Object{{"kind", to_string(source.kind)}, {"id", source.id}}; }

base::Result<Source> source_from(const Value& value) {
  wire::Fields fields(value, "a source");
  const auto text = fields.string("kind", 16);
  auto id = fields.string("id", max_id_bytes);
  if (id.empty()) fields.fail("id", "is empty");
  X1_TRY(done, fields.finish());
  for (const auto kind : kinds) {
    if (to_string(kind) == text) return Source{kind, std::move(id)};
  }
  return Error{Code::invalid_request, "A source is a user, a connection or a host.", ""};
}

Value to_value(const std::vector<Source>& sources) {
  Value::Array list;
  for (const auto& source : sources)
    list.push_back(to_value(source));
  return Value(std::move(list));
}

base::Result<std::vector<Source>> sources_from(const Value& value) {
  const auto* list = value.array();
  if (list == nullptr || list->empty() || list->size() > max_sources) {
    return Error{Code::invalid_request, "The sources are not a list of 1 to 512.", ""};
  }
  std::vector<Source> sources;
  for (const auto& item : *list) {
    X1_TRY(source, source_from(item));
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace x1::policy
