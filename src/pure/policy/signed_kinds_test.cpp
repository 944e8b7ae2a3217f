// Which kinds of signed things there are, and where each is attacked: a kind without a table fails here.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "policy/token_examples.hpp"

namespace x1::policy {
namespace {

using wire::TokenType;
using wire::testing::all_of;
using wire::testing::has_table;
using wire::testing::Signed;

// No default: a kind that is new does not compile until it stands here.
std::vector<std::string> tables_of(Signed kind) {
  const std::string readers = "src/pure/policy/token_table_test.cpp";
  const std::string by_boot = "src/pure/policy/boot_token_table_test.cpp";
  const std::string broker = "src/trusted/broker/token_table_test.cpp";
  const std::string vault = "src/trusted/vault/token_table_test.cpp";
  const std::string api = "src/trusted/api/token_table_test.cpp";
  switch (kind) {
    case Signed::turn: return {readers, broker, vault};
    case Signed::consent: return {readers, broker, vault};
    case Signed::ticket: return {by_boot};
    case Signed::release: return {by_boot, vault};
    case Signed::event: return {api};
    case Signed::receipt: return {readers, broker};
    case Signed::control: return {readers, broker};
    case Signed::challenge: return {by_boot};
    case Signed::audit_row: return {"src/pure/audit/row_table_test.cpp", api};
    case Signed::key_set: return {"src/pure/policy/key_set_table_test.cpp", vault};
    case Signed::touch: return {"src/pure/policy/touch_table_test.cpp", vault};
    case Signed::passkey_change: return {vault};
    case Signed::bus_user: return {api, "tests/contract/bus_credential_test.cpp"};
  }
  return {};
}

Signed kind_of(TokenType type) {
  switch (type) {
    case TokenType::turn: return Signed::turn;
    case TokenType::consent: return Signed::consent;
    case TokenType::ticket: return Signed::ticket;
    case TokenType::receipt: return Signed::receipt;
    case TokenType::release: return Signed::release;
    case TokenType::event: return Signed::event;
    case TokenType::audit: return Signed::audit_row;  // reserved: a row carries its signature beside it
    case TokenType::control: return Signed::control;
    case TokenType::challenge: return Signed::challenge;
  }
  return Signed::turn;
}

}  // namespace

TEST_CASE("every kind of signed thing is attacked in a table, wherever it is verified") {
  for (const auto kind : all_of<Signed>()) {
    CAPTURE(to_string(kind));
    CHECK_FALSE(tables_of(kind).empty());
    for (const auto& path : tables_of(kind)) {
      CAPTURE(path);
      CHECK(has_table(path, kind));
    }
  }
}

TEST_CASE("every kind is presented in the place of every other") {
  const auto key = crypto::SigningKey::generate().value();
  std::set<Signed> presented{Signed::audit_row};  // by the tables that know rows
  std::set<Signed> typed;
  for (const auto& [which, token] : testing::every_kind(key, testing::at(100))) {
    presented.insert(which);
    if (const auto type = wire::claimed_type(token)) {
      CHECK(kind_of(*type) == which);
      typed.insert(which);
    }
  }
  CHECK(presented.size() == all_of<Signed>().size());
  for (const auto type : all_of<TokenType>()) {
    CHECK(wire::claimed_type(wire::sign_jws(type, wire::Value::Object{}, key)) == type);
    CHECK(typed.contains(kind_of(type)) == (type != TokenType::audit));
  }
}

}  // namespace x1::policy
