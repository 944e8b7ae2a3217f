#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "policy/manifest.hpp"

namespace x1::policy {
namespace {

using wire::Method;

const Scope& all_below() {
  static const Scope scope{"calendar.read", "Read", false, {{{Method::get, Method::report}, "**"}}};
  return scope;
}
const Scope& one_file() {
  static const Scope scope{"calendar.write", "Write", true, {{{Method::put}, "*.ics"}}};
  return scope;
}

TEST_CASE("all below: the base and what stands under it, with or without the last slash") {
  for (const auto base : {"/cal", "/cal/"}) {
    CAPTURE(base);
    CHECK(allows(all_below(), Method::get, "/cal", base));
    CHECK(allows(all_below(), Method::get, "/cal/", base));
    CHECK(allows(all_below(), Method::report, "/cal/a/b.ics", base));
    CHECK(allows(all_below(), Method::get, "/cal/a%20b.ics", base));
    CHECK_FALSE(allows(all_below(), Method::put, "/cal/a.ics", base));
  }
}

TEST_CASE("a base at the root takes every plain path") {
  CHECK(allows(all_below(), Method::get, "/", "/"));
  CHECK(allows(all_below(), Method::get, "/a/b", "/"));
  CHECK_FALSE(allows(all_below(), Method::get, "", "/"));
}

TEST_CASE("a name that only begins like the base is not below it") {
  CHECK_FALSE(allows(all_below(), Method::get, "/calendar", "/cal"));
  CHECK_FALSE(allows(all_below(), Method::get, "/calendar/x", "/cal"));
  CHECK_FALSE(allows(all_below(), Method::get, "/calendar/x", "/cal/"));
  CHECK_FALSE(allows(all_below(), Method::get, "/ca", "/cal"));
  CHECK_FALSE(allows(all_below(), Method::get, "/", "/cal"));
  CHECK_FALSE(allows(all_below(), Method::get, "/CAL/x", "/cal"));
}

TEST_CASE("one segment ending so, right below the base") {
  CHECK(allows(one_file(), Method::put, "/cal/a.ics", "/cal/"));
  CHECK(allows(one_file(), Method::put, "/cal/a.ics", "/cal"));
  for (const auto target : {"/cal/.ics", "/cal/a/b.ics", "/cal/a.ics/", "/cal/a.ics/b", "/cal/a.icsx", "/cal/a.ICS",
                            "/cal", "/cal/", "/a.ics", "/cal/a.ics?x=1", "/cal/a.ics#x"}) {
    CAPTURE(target);
    CHECK_FALSE(allows(one_file(), Method::put, target, "/cal/"));
  }
  CHECK_FALSE(allows(one_file(), Method::get, "/cal/a.ics", "/cal/"));
}

TEST_CASE("paths that some server may read as another path are refused") {
  for (const auto target : {"/cal/../x",
                            "/cal/./x",
                            "/cal/..",
                            "/cal/.",
                            "/cal//x",
                            "//cal/x",
                            "/cal/%2e%2e/x",
                            "/cal/%2E%2E/x",
                            "/cal/.%2e/x",
                            "/cal/%2e/x",
                            "/cal/%2f..%2fx",
                            "/cal/a%2Fb",
                            "/cal/a%5cb",
                            "/cal/a\\b",
                            "/cal/%252e%252e/x",
                            "/cal/%00",
                            "/cal/a%0d%0ab",
                            "/cal/%7f",
                            "/cal/a b",
                            "/cal/a\tb",
                            "/cal/a\r\nb",
                            "/cal/%",
                            "/cal/%2",
                            "/cal/%zz",
                            "/cal/%3fx",
                            "/cal/a?b",
                            "/cal/a#b",
                            "/cal/a%23b",
                            "/cal/a%3bb",
                            "/cal/caf\xc3\xa9",
                            "cal/x",
                            "*",
                            "http://h/cal/x",
                            "/cal/\x7f",
                            "/cal/a\"b",
                            "/cal/a<b",
                            "/cal/a|b",
                            "/cal/a^b",
                            "/cal/`",
                            "/cal/{x}"}) {
    CAPTURE(target);
    CHECK_FALSE(allows(all_below(), Method::get, target, "/cal"));
  }
}

TEST_CASE("a NUL inside the target is refused") {
  CHECK_FALSE(allows(all_below(), Method::get, std::string_view("/cal/a\0b", 8), "/cal"));
}

TEST_CASE("a base that is not plain allows nothing") {
  for (const auto base : {"", "cal", "/cal/../x", "//cal", "/cal?x", "/%2e%2e"}) {
    CAPTURE(base);
    CHECK_FALSE(allows(all_below(), Method::get, "/cal/x", base));
  }
}

TEST_CASE("without rules, methods or a pattern that is understood nothing passes") {
  CHECK_FALSE(allows(Scope{}, Method::get, "/cal/x", "/cal"));
  const Scope no_methods{"a.b", "", false, {{{}, "**"}}};
  CHECK_FALSE(allows(no_methods, Method::get, "/cal/x", "/cal"));
  for (const auto pattern : {"", "*", "/", "x", "***", "a*", "/cal/*"}) {
    CAPTURE(pattern);
    const Scope scope{"a.b", "", false, {{{Method::get}, pattern}}};
    CHECK_FALSE(allows(scope, Method::get, "/cal/x", "/cal"));
  }
}

TEST_CASE("whatever the target, what passes stays below the base however it is decoded") {
  CHECK(rc::check("allowed targets stay below", [] {
    const auto piece = rc::gen::elementOf(std::vector<std::string>{
        "/", "a", ".", "..", "%2e", "%2f", "cal", ".ics", "?", "#", "\\", "%5c", "%00", "%", "%25", ";", "//", " "});
    const auto pieces = *rc::gen::container<std::vector<std::string>>(piece);
    std::string target = "/cal";
    for (const auto& each : pieces)
      target += each;
    if (!allows(all_below(), Method::get, target, "/cal")) return;
    RC_ASSERT(target == "/cal" || target.starts_with("/cal/"));
    for (const auto bad : {"/../", "/./", "//", "\\", "?", "#", "%2f", "%5c", "%2e", "%00", "%25"}) {
      RC_ASSERT((target + "/").find(bad) == std::string::npos || std::string_view(bad) == "//");
    }
    RC_ASSERT(target.find("//") == std::string::npos);
  }));
}

}  // namespace
}  // namespace x1::policy
