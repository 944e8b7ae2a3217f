#include "launch/session_record.hpp"

#include <limits>

#include "base/encoding.hpp"
#include "os/file.hpp"
#include "wire/fields.hpp"
#include "wire/json.hpp"

namespace x1::launch {

base::Status write_record(const SessionLayout& at, const SessionRecord& record) {
  // A path is bytes, not always UTF-8: JSON gets it in base64.
  const wire::Value value(wire::Value::Object{{"agent_uid", static_cast<std::int64_t>(record.agent_uid)},
                                              {"folder_base64", base::base64_encode(base::as_bytes(record.folder))}});
  return os::write_file(at.facts(), wire::canonical_json(value), 0600);
}

base::Result<SessionRecord> read_record(const SessionLayout& at) {
  X1_TRY(text, os::read_file(at.facts(), 16 * 1024));
  X1_TRY(value, wire::parse_json(text));
  wire::Fields fields(value, "session.json");
  SessionRecord record;
  record.agent_uid =
      static_cast<std::uint32_t>(fields.integer("agent_uid", 0, std::numeric_limits<std::uint32_t>::max()));
  const auto folder = fields.string("folder_base64", 8192);
  X1_TRY(finished, fields.finish());
  X1_TRY(bytes, base::base64_decode(folder));
  record.folder = std::string(base::as_text(bytes));
  return record;
}

}  // namespace x1::launch
