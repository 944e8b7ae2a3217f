#include "seam/operations.hpp"

#include <algorithm>
#include <array>

namespace x1::seam {
namespace {

using enum FieldType;
using wire::Method;

constexpr std::array<std::string_view, 4> lifetimes{"once", "turn", "session", "until"};

constexpr std::array credentials{Field{"name", text, true, 64}, Field{"password", text, true, 1024},
                                 Field{"cookie", boolean, false}};
constexpr std::array account{Field{"name", text, true, 64}, Field{"password", text, true, 1024}};
constexpr std::array link{Field{"link", text, true, 128}, Field{"cookie", boolean, false}};
constexpr std::array new_session{Field{"command", texts, true, 4096}, Field{"workspace", text, false, 4096},
                                 Field{"adapter", boolean, false}, Field{"start", boolean, false}};
constexpr std::array message{Field{"text", text, true, 64 * 1024}};
constexpr std::array answer{Field{"text", text, true, 16 * 1024}};
constexpr std::array approval{Field{"digest", digest},
                              Field{"lifetime", text, true, 16, lifetimes},
                              Field{"until", time, false},
                              Field{"within", text, false, 1024},
                              Field{"assertion", text, false, 3072},
                              Field{"uses", number, false},
                              Field{"bytes", number, false}};
constexpr std::array denial{Field{"for_session", boolean, false}};
constexpr std::array some_grants{Field{"scope", text, false, 64}, Field{"user", id, false},
                                 Field{"everybody", boolean, false}};
constexpr std::array own_grants{Field{"scope", text, false, 64}};
constexpr std::array other_account{Field{"connection", id}};
constexpr std::array passkey{Field{"id", text, true, 256}, Field{"public_key", text, true, 128},
                             Field{"rp_id", text, true, 256}, Field{"origin", text, true, 256},
                             Field{"assertion", text, false, 3072}};
constexpr std::array<std::string_view, 2> invitable{"participant", "viewer"};
constexpr std::array new_invite{Field{"role", text, true, 16, invitable}, Field{"name", text, false, 64}};
constexpr std::array invite{Field{"invite", text, true, 128}};
constexpr std::array record{Field{"record", base64, true, 128 * 1024}};

constexpr std::array session{Field{"session", id}};
constexpr std::array session_turn{Field{"session", id}, Field{"turn", number}};
constexpr std::array session_user{Field{"session", id}, Field{"user", id}};
constexpr std::array session_question{Field{"session", id}, Field{"question", id}};
constexpr std::array session_grant{Field{"session", id}, Field{"grant", id}};
constexpr std::array session_challenge{Field{"session", id}, Field{"challenge", id}};
constexpr std::array challenge{Field{"challenge", id}};
constexpr std::array connection{Field{"connection", id}};
constexpr std::array after{Field{"after", number, false}};
constexpr std::array session_after{Field{"session", id}, Field{"after", number, false}};

constexpr std::array<std::uint16_t, 1> missing{404};
constexpr std::array<std::uint16_t, 1> limited{429};
constexpr std::array<std::uint16_t, 2> forbidden_conflict{403, 409};
constexpr std::array<std::uint16_t, 2> missing_conflict{404, 409};
constexpr std::array<std::uint16_t, 3> missing_conflict_many{404, 409, 429};
constexpr std::array<std::uint16_t, 3> refused_conflict{403, 404, 409};
constexpr std::array<std::uint16_t, 4> refused_conflict_many{403, 404, 409, 429};
constexpr std::array<std::uint16_t, 3> decisions{404, 409, 410};
constexpr std::array<std::uint16_t, 1> forbidden{403};
constexpr std::array<std::uint16_t, 4> vault_refusals{409, 422, 502, 504};
constexpr std::array<std::uint16_t, 3> passkey_refusals{403, 404, 409};
constexpr std::array<std::uint16_t, 3> forget_refusals{404, 502, 504};

constexpr std::array table{
    Operation{.id = "health", .path = "/api/v1/health", .access = Access::anyone},
    Operation{.id = "login",
              .method = Method::post,
              .path = "/api/v1/login",
              .access = Access::anyone,
              .body = credentials,
              .has_body = true,
              .refusals = limited},
    Operation{.id = "logout", .method = Method::post, .path = "/api/v1/logout", .success = 204},
    Operation{.id = "me", .path = "/api/v1/me"},
    Operation{.id = "use_link",
              .method = Method::post,
              .path = "/api/v1/sign-in-links/use",
              .access = Access::anyone,
              .body = link,
              .has_body = true},
    Operation{.id = "list_accounts", .path = "/api/v1/accounts", .access = Access::owner, .refusals = forbidden},
    Operation{.id = "create_account",
              .method = Method::post,
              .path = "/api/v1/accounts",
              .access = Access::owner,
              .success = 201,
              .body = account,
              .has_body = true,
              .refusals = forbidden_conflict},
    Operation{.id = "list_sessions", .path = "/api/v1/sessions"},
    Operation{.id = "create_session",
              .method = Method::post,
              .path = "/api/v1/sessions",
              .success = 201,
              .body = new_session,
              .has_body = true,
              .refusals = limited},
    Operation{.id = "get_session", .path = "/api/v1/sessions/{session}", .parameters = session, .refusals = missing},
    Operation{.id = "start_session",
              .method = Method::post,
              .path = "/api/v1/sessions/{session}/start",
              .success = 202,
              .parameters = session,
              .refusals = missing_conflict},
    Operation{.id = "end_session",
              .method = Method::delete_,
              .path = "/api/v1/sessions/{session}",
              .success = 202,
              .parameters = session,
              .refusals = missing_conflict},
    Operation{.id = "kill_session",
              .method = Method::post,
              .path = "/api/v1/sessions/{session}/kill",
              .success = 202,
              .parameters = session,
              .refusals = refused_conflict},
    Operation{
        .id = "list_members", .path = "/api/v1/sessions/{session}/members", .parameters = session, .refusals = missing},
    Operation{.id = "create_invite",
              .method = Method::post,
              .path = "/api/v1/sessions/{session}/invites",
              .success = 201,
              .parameters = session,
              .body = new_invite,
              .has_body = true,
              .refusals = refused_conflict_many},
    Operation{.id = "join_session",
              .method = Method::post,
              .path = "/api/v1/invites/join",
              .body = invite,
              .has_body = true,
              .refusals = missing_conflict_many},
    Operation{.id = "leave_session",
              .method = Method::post,
              .path = "/api/v1/sessions/{session}/leave",
              .success = 204,
              .parameters = session,
              .refusals = missing_conflict},
    Operation{.id = "remove_member",
              .method = Method::delete_,
              .path = "/api/v1/sessions/{session}/members/{user}",
              .success = 204,
              .parameters = session_user,
              .refusals = refused_conflict},
    Operation{
        .id = "list_turns", .path = "/api/v1/sessions/{session}/turns", .parameters = session, .refusals = missing},
    Operation{.id = "send_message",
              .method = Method::post,
              .path = "/api/v1/sessions/{session}/messages",
              .success = 202,
              .parameters = session,
              .body = message,
              .has_body = true,
              .refusals = missing_conflict_many},
    Operation{.id = "close_turn",
              .method = Method::post,
              .path = "/api/v1/sessions/{session}/turns/{turn}/close",
              .success = 202,
              .parameters = session_turn,
              .refusals = missing_conflict},
    Operation{.id = "stream_events",
              .path = "/api/v1/sessions/{session}/events",
              .parameters = session,
              .stream = true,
              .refusals = missing},
    Operation{.id = "answer_question",
              .method = Method::post,
              .path = "/api/v1/sessions/{session}/questions/{question}",
              .success = 202,
              .parameters = session_question,
              .body = answer,
              .has_body = true,
              .refusals = missing_conflict},
    Operation{.id = "list_challenges",
              .path = "/api/v1/sessions/{session}/challenges",
              .parameters = session,
              .refusals = missing},
    Operation{.id = "approve",
              .method = Method::post,
              .path = "/api/v1/challenges/{challenge}/approve",
              .parameters = challenge,
              .body = approval,
              .has_body = true,
              .refusals = decisions},
    Operation{.id = "deny",
              .method = Method::post,
              .path = "/api/v1/challenges/{challenge}/deny",
              .parameters = challenge,
              .body = denial,
              .has_body = true,
              .refusals = decisions},
    Operation{.id = "use_connection",
              .method = Method::post,
              .path = "/api/v1/challenges/{challenge}/use_connection",
              .parameters = challenge,
              .body = other_account,
              .has_body = true,
              .refusals = decisions},
    Operation{
        .id = "list_grants", .path = "/api/v1/sessions/{session}/grants", .parameters = session, .refusals = missing},
    Operation{.id = "revoke_grant",
              .method = Method::delete_,
              .path = "/api/v1/sessions/{session}/grants/{grant}",
              .success = 202,
              .parameters = session_grant,
              .refusals = missing_conflict},
    Operation{.id = "revoke_grants",
              .method = Method::post,
              .path = "/api/v1/sessions/{session}/grants/revoke",
              .success = 202,
              .parameters = session,
              .body = some_grants,
              .has_body = true,
              .refusals = refused_conflict},
    Operation{.id = "revoke_own_grants",
              .method = Method::post,
              .path = "/api/v1/grants/revoke",
              .success = 202,
              .body = own_grants,
              .has_body = true},
    Operation{
        .id = "list_denials", .path = "/api/v1/sessions/{session}/denials", .parameters = session, .refusals = missing},
    Operation{.id = "lift_denial",
              .method = Method::delete_,
              .path = "/api/v1/sessions/{session}/denials/{challenge}",
              .success = 202,
              .parameters = session_challenge,
              .refusals = refused_conflict},
    Operation{.id = "list_passkeys", .path = "/api/v1/passkeys"},
    Operation{.id = "add_passkey",
              .method = Method::post,
              .path = "/api/v1/passkeys",
              .success = 201,
              .body = passkey,
              .has_body = true,
              .refusals = passkey_refusals},
    Operation{.id = "remove_passkey",
              .method = Method::post,
              .path = "/api/v1/passkeys/remove",
              .body = passkey,
              .has_body = true,
              .refusals = passkey_refusals},
    Operation{.id = "list_connections", .path = "/api/v1/connections"},
    Operation{.id = "create_connection",
              .method = Method::post,
              .path = "/api/v1/connections",
              .success = 201,
              .body = record,
              .has_body = true,
              .refusals = vault_refusals},
    Operation{.id = "delete_connection",
              .method = Method::delete_,
              .path = "/api/v1/connections/{connection}",
              .success = 204,
              .parameters = connection,
              .refusals = forget_refusals},
    Operation{.id = "session_audit",
              .path = "/api/v1/sessions/{session}/audit",
              .parameters = session_after,
              .refusals = missing},
    Operation{.id = "platform_audit",
              .path = "/api/v1/audit",
              .access = Access::owner,
              .parameters = after,
              .refusals = forbidden},
};

// 400 malformed · 401 who are you · 403 another site · 408 slow · 413 large · 429 busy · 500 a bug or a full disk ·
// 503 a part is away
constexpr std::array<std::uint16_t, 8> common{400, 401, 403, 408, 413, 429, 500, 503};

}  // namespace

std::span<const Operation> operations() noexcept { return table; }
std::span<const std::uint16_t> common_refusals() noexcept { return common; }

const Operation* find_operation(std::string_view id) noexcept {
  const auto found = std::ranges::find(table, id, &Operation::id);
  return found == table.end() ? nullptr : &*found;
}

std::uint16_t status_of(base::Code code) noexcept {
  using enum base::Code;
  switch (code) {
    case invalid_request:
    case invalid_json:
    case invalid_token:
    case invalid_manifest: return 400;
    case unauthenticated: return 401;
    case permission_required:
    case permission_pending:
    case permission_denied:
    case no_active_turn:
    case not_allowed:
    case not_planned:
    case forbidden:
    case passkey_required: return 403;
    case not_found: return 404;
    case unsupported: return 405;
    case too_slow: return 408;
    case conflict:
    case clock_skew: return 409;
    case expired: return 410;
    case too_large: return 413;
    case address_refused:
    case tls_failed: return 422;
    case too_many:
    case budget_exceeded: return 429;
    case storage_failed:
    case isolation_missing:
    case internal: return 500;
    case upstream_error:
    case provider_error: return 502;
    case unavailable: return 503;
    case timed_out: return 504;
  }
  return 500;
}

wire::Value error_body(const base::Error& error) {
  return wire::Value::Object{{"code", base::to_string(error.code)}, {"message", error.message}, {"next", error.next}};
}

}  // namespace x1::seam
