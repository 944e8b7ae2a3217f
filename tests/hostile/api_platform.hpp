// The real x1-api and nats-server with accounts, connections and sessions in it; the test is the supervisor and the
// vault.
#pragma once

#include <doctest/doctest.h>
#include <string>

#include "contract/openapi/caller.hpp"
#include "crypto/signing.hpp"

namespace x1::hostile {

struct Platform {
  contract::World world;
  contract::Caller call{world};

  std::string text(const contract::Answer& answer, std::string_view name) const {
    const auto* found = answer.body.find_string(name);
    REQUIRE(found != nullptr);
    return *found;
  }
  std::string account(const std::string& name) {
    const wire::Value login = wire::Value::Object{{"name", name}, {"password", "correct horse"}};
    call({"create_account", {}, login}, 201);
    return text(call({"login", {}, login}, 200), "token");
  }
  std::string connection(const std::string& token = {}) {
    const contract::Call keep{"create_connection", {}, wire::Value::Object{{"record", "c2VhbGVk"}}, token};
    auto client = call.begin(keep);
    const auto asked = world.vault().expect<seam::vault::FromApi, seam::vault::Keep>();
    world.vault().send(
        seam::encode_frame(seam::vault::ToApi(seam::vault::Kept{asked.id, "caldav", "https://a.example/b/", "ada"})));
    return text(call.end(keep, client, 201), "id");
  }
  std::string session(const crypto::SigningKey& boot) {
    const auto id =
        text(call({"create_session", {}, wire::Value::Object{{"command", wire::Value::Array{"true"}}, {"start", true}}},
                  201),
             "id");
    REQUIRE(world.supervisor().expect<seam::launch::FromApi, seam::launch::StartSession>().session == id);
    world.supervisor().send(
        seam::encode_frame(seam::launch::ToApi(seam::launch::SessionStarted{id, crypto::to_text(boot.public_key())})));
    static_cast<void>(world.supervisor().expect<seam::launch::FromApi, seam::launch::Heard>());
    return id;
  }
  std::size_t count(std::string_view operation, const std::string& session) {
    const auto answer = call({operation, {session}}, 200);
    const auto* items = answer.body.find("items");
    REQUIRE(items != nullptr);
    return items->array()->size();
  }
};

}  // namespace x1::hostile
