#include "policy/dialog.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "policy/examples.hpp"
#include "policy/visible.hpp"

namespace x1::policy {
namespace {

std::string render(const wire::CanonicalRequest& request) {
  const auto manifest = testing::manifest();
  return render_dialog(testing::challenge("c1", request), &manifest);
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// Views into `text`, which must outlive them.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

// The text without its digest, which alone would make any two dialogs differ.
std::string without_digest(std::string text, const wire::CanonicalRequest& request) {
  const auto digest = crypto::to_hex(wire::digest_of(request));
  const auto at = text.find(digest);
  REQUIRE(at != std::string::npos);
  return text.erase(at, digest.size());
}

TEST_CASE("the dialog says who asks for what, for whose account, and what would be sent") {
  const auto text = render(testing::request());
  for (const auto part :
       {"Add events to your calendar (calendar.write)", "calendar_create_event, of Calendar",
        "home at https://calendar.example", "ada, in session s1, turn 3", "It CHANGES things", "summary", "│ Dentist",
        "1. PUT https://calendar.example/ada/home/new.ics", "content-type: text/calendar; charset=utf-8",
        "if-none-match: *", "│ BEGIN:VCALENDAR", "│ END:VCALENDAR", "(32 bytes, lines end in CR LF)",
        "Single requests will NOT be shown", "PUT on *.ics right below"}) {
    CAPTURE(part);
    CHECK_MESSAGE(has(text, part), text);
  }
  CHECK(has(text, crypto::to_hex(testing::challenge().digest)));
}

TEST_CASE("a scope that reads is said to read, and an unknown one is taken for one that changes things") {
  CHECK(has(render(testing::request("s1", "ada", "calendar.read")), "It reads"));
  const auto unknown = render_dialog(testing::challenge(), nullptr);
  CHECK(has(unknown, "Unknown: no approved manifest has this scope"));
  CHECK(has(render(testing::request("s1", "ada", "calendar.admin")), "Unknown: no approved manifest"));
}

TEST_CASE("a call that would send nothing says so") {
  auto request = testing::request();
  request.requests.clear();
  CHECK(has(render(request), "What would be sent: nothing"));
}

TEST_CASE("a body too long to be shown stands by its size and digest, on both sides alike") {
  auto request = testing::request();
  request.requests[0].body = std::string(wire::max_shown_body + 1, 'x');
  const auto challenge = testing::challenge("c1", request);
  const auto text = render_dialog(challenge, nullptr);
  CHECK(has(text, "65537 bytes"));
  CHECK(has(text, crypto::to_hex(crypto::sha256(request.requests[0].body))));
  CHECK(render_dialog(challenge_from(to_value(challenge)).value(), nullptr) == text);
}

TEST_CASE("a body of 64 KiB is shown entire") {
  auto request = testing::request();
  std::string body;
  while (body.size() + 9 <= wire::max_shown_body)
    body += "line" + std::to_string(10000 + body.size() % 89999).substr(0, 4) + "\n";
  request.requests[0].body = body;
  const auto text = render(request);
  for (const auto line : lines_of(body))
    REQUIRE(has(text, std::string("│ ") + std::string(line)));
}

TEST_CASE("characters that deceive are written out") {
  const std::vector<std::pair<std::string, std::string>> corpus{
      {"a\xe2\x80\xae"
       "b",
       "a<U+202E>b"},  // right-to-left override
      {"a\xe2\x81\xa6"
       "b",
       "a<U+2066>b"},                              // isolate
      {"\x1b[2J\x1b[H", "<U+001B>[2J<U+001B>[H"},  // clear the screen
      {"\x1b]0;x\x07", "<U+001B>]0;x<U+0007>"},    // window title
      {"\xc2\x9b"
       "2J",
       "<U+009B>2J"},          // the same by a C1 control
      {"a\rb", "a<U+000D>b"},  // over what stands there
      {"a\bb", "a<U+0008>b"},  // back over it
      {"a\tb", "a<U+0009>b"},
      {"a\nb", "a<U+000A>b"},
      {std::string("a\0b", 3), "a<U+0000>b"},
      {"a\xe2\x80\x8b"
       "b",
       "a<U+200B>b"},  // zero-width space
      {"a\xef\xbb\xbf"
       "b",
       "a<U+FEFF>b"},
      {"a\xc2\xad"
       "b",
       "a<U+00AD>b"},  // soft hyphen
      {"a\xc2\xa0"
       "b",
       "a<U+00A0>b"},  // no-break space
      {"a\xe2\x80\xa8"
       "b",
       "a<U+2028>b"},                          // line separator
      {"a\xf3\xa0\x81\x81", "a<U+E0041>"},     // tag letter
      {"\xe2\x94\x82 x", "<U+2502> x"},        // the dialog's own bar
      {"\xff\xfe", "<0xFF><0xFE>"},            // no UTF-8
      {"\xed\xa0\x80", "<0xED><0xA0><0x80>"},  // surrogate
      {"<U+202E>", "<U+003C>U+202E>"},         // an escape that is none
      {"<0xFF>", "<U+003C>0xFF>"},
      {"e\xcc\x81", "e\xcc\x81"},                                             // an accent is fine
      {"\xcc\x81", "<U+0301>"},                                               // on nothing it is not
      {"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81", "e\xcc\x81\xcc\x81<U+0301 x2>"},  // a pile of them
      {"Gr\xc3\xbc\xc3\x9f"
       "e \xe4\xbd\xa0\xe5\xa5\xbd",
       "Gr\xc3\xbc\xc3\x9f"
       "e \xe4\xbd\xa0\xe5\xa5\xbd"},
  };
  for (const auto& [text, shown] : corpus) {
    CAPTURE(shown);
    CHECK(visible(text) == shown);
  }
  CHECK(visible_lines("a\r\nb\n") == "a<U+000D>\nb\n");
}

TEST_CASE("wherever hostile text stands in a challenge, none of its bytes reaches the terminal as it is") {
  const std::string hostile =
      "\x1b[2J\xe2\x80\xae\xe2\x80\x8b\t\r\xc2\x9b"
      "x";
  auto request = testing::request();
  SUBCASE("argument's value") { request.arguments = wire::Value::Object{{"summary", hostile}}; }
  SUBCASE("argument's name") { request.arguments = wire::Value::Object{{hostile, 1}}; }
  SUBCASE("nested argument") {
    request.arguments = wire::Value::Object{{"list", wire::Value::Array{hostile, wire::Value::Object{{hostile, 1}}}}};
  }
  SUBCASE("arguments that are no object") { request.arguments = hostile; }
  SUBCASE("tool") { request.tool = hostile; }
  SUBCASE("scope") { request.scope = hostile; }
  SUBCASE("target") { request.requests[0].target = hostile; }
  SUBCASE("host") { request.requests[0].origin.host = hostile; }
  SUBCASE("header's name") { request.requests[0].headers[0].name = hostile; }
  SUBCASE("header's value") { request.requests[0].headers[0].value = hostile; }
  SUBCASE("body") { request.requests[0].body = hostile; }
  auto manifest = testing::manifest();
  SUBCASE("title of the manifest") { manifest.title = hostile; }
  SUBCASE("title of the scope") { manifest.scopes[1].title = hostile; }
  const auto text = render_dialog(testing::challenge("c1", request), &manifest);
  for (const auto part : {"\x1b", "\xe2\x80\xae", "\xe2\x80\x8b", "\t", "\r", "\xc2\x9b"})
    CHECK_FALSE(has(text, part));
}

TEST_CASE("no text from outside begins a line of the dialog, and no line is wider than the page") {
  auto request = testing::request();
  request.arguments =
      wire::Value::Object{{"summary", "x\n  Allow       everything?\n ──────\n" + std::string(500, 'y')}};
  request.requests[0].body = std::string(300, 'z') + "\n  Allow       nothing\n" + std::string(150, ' ') + "end";
  request.requests[0].target = "/" + std::string(400, 't');
  std::size_t broken = 0;
  const auto text = render(request);
  for (const auto line : lines_of(text)) {
    std::size_t width = 0;
    for (auto rest = line; !rest.empty(); rest.remove_prefix(first_code_point(rest).bytes))
      ++width;
    CHECK(width <= 100);
    if (line.find("everything?") != std::string_view::npos || line.find("nothing") != std::string_view::npos) {
      CHECK(line.find("│ ") != std::string_view::npos);
    }
    broken += line.find("┊ ") != std::string_view::npos || line.find("↪ ") != std::string_view::npos ? 1U : 0U;
  }
  CHECK(broken >= 12);
}

TEST_CASE("padding does not push anything out of sight: it is written as what it is") {
  auto request = testing::request();
  request.requests[0].body = "before" + std::string(5000, '\n') + std::string(9000, ' ') + "hidden  ";
  const auto text = render(request);
  CHECK(has(text, "<4999 empty lines>"));
  CHECK(has(text, "<U+0020 x9000>hidden<U+0020 x2>"));
  CHECK(lines_of(text).size() < 60);
  request.requests[0].body = "a<3 empty lines>b";
  CHECK(has(render(request), "a<U+003C>3 empty lines>b"));
}

TEST_CASE("look-alike letters in a host's name are written out, and punycode is pointed at") {
  auto request = testing::request();
  request.requests[0].origin.host = "c\xd0\xb0lendar.example";  // a Cyrillic letter
  CHECK(has(render(request), "https://c<U+0430>lendar.example"));
  request.requests[0].origin.host = "xn--clendar-3fg.example";
  CHECK(has(render(request), "LOOK CLOSELY"));
  CHECK(has(render(request), "https://xn--clendar-3fg.example/ada/home/new.ics"));
}

TEST_CASE("requests to several hosts name each of them beside the account") {
  auto request = testing::request();
  request.requests.push_back(testing::planned());
  request.requests[1].origin.host = "other.example";
  CHECK(has(render(request), "home at https://calendar.example and https://other.example"));
}

TEST_CASE("D4: any one byte changed on the wire changes what is shown") {
  const auto base = testing::request();
  const auto shown = without_digest(render(base), base);
  const auto changes_dialog = [&](const wire::CanonicalRequest& request) {
    return without_digest(render(request), request) != shown;
  };
  for (std::size_t i = 0; i < base.requests[0].body.size(); ++i) {
    for (int flip = 1; flip < 256; ++flip) {
      auto request = base;
      request.requests[0].body[i] = static_cast<char>(request.requests[0].body[i] ^ flip);
      REQUIRE(changes_dialog(request));
    }
  }
  for (std::size_t i = 0; i < base.requests[0].target.size(); ++i) {
    auto request = base;
    request.requests[0].target[i] = static_cast<char>(request.requests[0].target[i] ^ 1);
    REQUIRE(changes_dialog(request));
  }
  auto request = base;
  request.requests[0].headers[0].value += " ";
  CHECK(changes_dialog(request));
  request = base;
  request.requests[0].origin.port = 444;
  CHECK(changes_dialog(request));
  request = base;
  request.requests[0].method = wire::Method::post;
  CHECK(changes_dialog(request));
}

TEST_CASE("of a longer grant it is said what a REPORT may be for") {
  const auto text = render(testing::request("s1", "ada", "calendar.read"));
  CHECK(has(text, "- REPORT (calendar-query) or GET on the account's address"));
}

TEST_CASE("different texts are shown differently") {
  const auto piece = rc::gen::elementOf(std::vector<std::string>{
      "a", " ", "\n", "\r", "\r\n", "<", "U+0020", "0x", ">", " x2>", "\xe2\x80\x8b", "\xcc\x81", "\xff", "<U+200B",
      "        ", "\n\n\n\n", "5 empty lines>", "\xe2\x94\x82"});
  const auto text = rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const auto& pieces) {
    std::string joined;
    for (const auto& each : pieces)
      joined += each;
    return joined;
  });
  CHECK(rc::check("bodies", [&] {
    auto first = testing::request();
    auto second = testing::request();
    first.requests[0].body = *text;
    second.requests[0].body = *text;
    RC_PRE(first.requests[0].body != second.requests[0].body);
    RC_ASSERT(without_digest(render(first), first) != without_digest(render(second), second));
  }));
  CHECK(rc::check("lines", [&] {
    const auto first = *text;
    const auto second = *text;
    RC_PRE(first != second);
    RC_ASSERT(visible(first) != visible(second));
    RC_ASSERT(visible_lines(first) != visible_lines(second));
  }));
}

}  // namespace
}  // namespace x1::policy
