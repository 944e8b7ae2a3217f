#include "cli/session_start.hpp"

#include <fcntl.h>

#include <filesystem>

#include "base/id.hpp"
#include "launch/control_client.hpp"
#include "os/fd.hpp"

namespace x1::cli {
namespace {

using base::Code;
using base::Error;
using wire::Value;

base::Result<std::string> id_in(const Value& created) {
  const auto* id = created.find_string("id");
  if (id == nullptr || !base::is_id_text(*id)) return Error{Code::internal, "The session has no id.", ""};
  return *id;
}

base::Status hand_over(const Context& context, const std::string& session, int folder, int terminal) {
  X1_TRY(supervisor, launch::ControlClient::connect(context.state));
  if (folder >= 0) {
    X1_TRY(shared, supervisor.share_folder(session, folder));
  }
  if (terminal >= 0) {
    X1_TRY(attached, supervisor.attach_terminal(session, terminal));
  }
  return base::Done{};
}

}  // namespace

base::Result<std::string> create_session(const Context& context, const NewSession& what) {
  Value::Object body{
      {"command", Value::Array(what.command.begin(), what.command.end())}, {"adapter", what.adapter}, {"start", false}};
  os::Fd folder;
  if (!what.workspace.empty()) {
    std::error_code failed;
    const auto path = std::filesystem::canonical(what.workspace, failed);
    if (!failed) folder = os::Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return Error{Code::not_found, "The workspace is not a folder that can be opened.", ""};
    body.emplace("workspace", path.string());
  }
  X1_TRY(created, context.api().post("/sessions", std::move(body)));
  X1_TRY(session, id_in(created));
  const auto handed = hand_over(context, session, folder.get(), what.terminal);
  if (handed.ok()) return session;
  // Nothing runs yet; what could not be handed over is what the person has to hear about.
  static_cast<void>(context.api().remove("/sessions/" + session).ok());
  return handed.error();
}

base::Status start_session(const Context& context, const std::string& session, const std::string& message) {
  const auto api = context.api();
  X1_TRY(queued, api.post("/sessions/" + session + "/messages", Value::Object{{"text", message}}));
  X1_TRY(started, api.post("/sessions/" + session + "/start"));
  return base::Done{};
}

}  // namespace x1::cli
