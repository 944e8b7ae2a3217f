#include "audit/row.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "wire/json.hpp"
#include "wire/random_value.hpp"

namespace x1::audit {
namespace {

using wire::testing::random_text;
using wire::testing::random_value;

const crypto::SigningKey& key() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}

Entry call() {
  return {base::from_unix_seconds(1'795'550'000),
          "call.dialled",
          "ada",
          3,
          "calendar_list_events",
          "calendar.read",
          "g1",
          "REPORT https://calendar.example/ada/",
          crypto::to_hex(crypto::sha256("request")),
          "ok",
          wire::Value::Object{{"status", 207}}};
}

TEST_CASE("a row comes back from its line, with its hash and a signature that holds") {
  const auto row = Chain("s1").next(call(), key().key_id());
  const auto read = decode_line(encode_line(row, key()));
  REQUIRE(read.ok());
  CHECK(read->hash == hash_of(row));
  CHECK(hash_of(read->row) == hash_of(row));
  CHECK(read->row.entry.target == row.entry.target);
  CHECK(read->row.entry.detail == row.entry.detail);
  CHECK(signature_holds(*read, key().public_key()));
  CHECK_FALSE(signature_holds(*read, crypto::SigningKey::generate()->public_key()));
}

TEST_CASE("the line is the canonical JSON of hash, row and signature") {
  const auto line = encode_line(Chain("s1").next(call(), key().key_id()), key());
  const auto value = wire::parse_json(line);
  REQUIRE(value.ok());
  CHECK(wire::canonical_json(*value) == line);
  CHECK(crypto::to_hex(crypto::sha256(wire::canonical_json(*value->find("row")))) == *value->find_string("hash"));
}

TEST_CASE("rows of any content come back, and what cannot stand in a row stands there by its digest") {
  CHECK(rc::check("round trip", [] {
    Entry entry = call();
    for (auto* text : {&entry.kind, &entry.actor, &entry.tool, &entry.scope, &entry.grant, &entry.target, &entry.digest,
                       &entry.outcome}) {
      *text = *rc::gen::oneOf(random_text(), rc::gen::arbitrary<std::string>());
      if (*rc::gen::inRange(0, 10) == 0) text->append(20'000, 'x');
    }
    entry.detail = wire::Value();
    if (*rc::gen::arbitrary<bool>()) entry.detail = wire::Value::Object{{"any", *random_value()}};
    const auto row = Chain("s1").next(entry, key().key_id());
    const auto read = decode_line(encode_line(row, key()));
    RC_ASSERT(read.ok());
    RC_ASSERT(hash_of(read->row) == hash_of(row));
    RC_ASSERT(read->row.entry.tool == row.entry.tool);
    RC_ASSERT(read->row.entry.detail == row.entry.detail);
  }));
}

TEST_CASE("what is no row is refused") {
  const auto line = encode_line(Chain("s1").next(call(), key().key_id()), key());
  CHECK(decode_line(line).ok());
  for (const auto& bad : {std::string(), std::string("{}"), std::string(300, '{'), line + "\n", line + " ", " " + line,
                          line.substr(1), line.substr(0, line.size() - 1), std::string(9 << 20, 'x')}) {
    CHECK_FALSE(decode_line(bad).ok());
  }
}

// The line that a writer of another mind would make: good hash, good signature form, other row.
std::string line_around(const std::string& row) {
  const auto good = encode_line(Chain("s1").next(call(), key().key_id()), key());
  const auto tail = good.substr(good.find(",\"sig\""));
  return "{\"hash\":\"" + crypto::to_hex(crypto::sha256(row)) + "\",\"row\":" + row + tail;
}

TEST_CASE("a row with a good hash but another form is refused") {
  const auto line = encode_line(Chain("s1").next(call(), key().key_id()), key());
  const auto begin = line.find("{\"actor\"");
  const auto row = line.substr(begin, line.find(",\"sig\"") - begin);
  CHECK(decode_line(line_around(row)).ok());
  const auto changed = [&](std::string_view from, std::string_view to) {
    auto text = row;
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return line_around(text.replace(at, from.size(), to));
  };
  for (const auto& bad :
       {changed("{\"actor\"", "{ \"actor\""), changed("\"seq\":1", "\"seq\":1.0"), changed("\"seq\":1", "\"seq\":0"),
        changed("\"turn\":3", "\"turn\":-3"), changed("\"seq\":1,", "\"seq\":1,\"seq\":1,"),
        changed("\"turn\":3", "\"turn\":3,\"x\":1"), changed(",\"turn\":3", ""), changed("ada", "\\u0061da"),
        changed("Z\"", "\""), changed("{\"status\":207}", "[207]"), changed("207}", "207} "),
        changed("\"scope\":\"calendar.read\"", "\"scope\":null")}) {
    CAPTURE(bad);
    CHECK_FALSE(decode_line(bad).ok());
  }
}

TEST_CASE("a chain numbers its rows and binds each to the one before") {
  Chain chain("s1");
  const auto first = chain.next(call(), key().key_id());
  CHECK(first.seq == 1);
  CHECK(first.previous == crypto::Digest{});
  chain.accept(first);
  const auto second = chain.next(call(), key().key_id());
  CHECK(second.seq == 2);
  CHECK(second.previous == hash_of(first));
  const Chain resumed("s1", chain.seq(), chain.head());
  CHECK(hash_of(resumed.next(call(), key().key_id())) == hash_of(second));
}

}  // namespace
}  // namespace x1::audit
