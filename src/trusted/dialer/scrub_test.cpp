#include "dialer/scrub.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cctype>

#include "base/encoding.hpp"

using namespace x1;
using dialer::Scrubber;

namespace {

Scrubber scrubber(const std::string& user, const std::string& password) {
  return Scrubber::of(user, crypto::Secret::copy_of(base::as_bytes(password)).value()).value();
}

std::string scrubbed(const Scrubber& with, std::string text) {
  with.scrub(text);
  return text;
}

std::string base64(std::string_view text) { return base::base64_encode(base::as_bytes(text)); }

// Does any run of base64 characters decode, in one of the four phases, to something with the password in it?
bool decodes_to(std::string text, std::string_view password) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  const auto is_base64 = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/';
  };
  std::string run;
  for (const char c : text + " ") {
    if (is_base64(c)) {
      run += c;
      continue;
    }
    for (std::size_t skip = 0; skip < 4 && skip < run.size(); ++skip) {
      auto part = run.substr(skip);
      part.resize((part.size() + 3) / 4 * 4, 'A');
      const auto bytes = base::base64_decode(part);
      if (bytes.ok() && base::as_text(*bytes).find(password) != std::string_view::npos) return true;
    }
    run.clear();
  }
  return false;
}

rc::Gen<std::string> passwords() {
  return rc::gen::suchThat(rc::gen::container<std::string>(rc::gen::inRange<char>('!', '~')),
                           [](const std::string& text) { return text.size() >= 6; });
}

}  // namespace

TEST_CASE("the password goes wherever it stands, and the rest stays") {
  const auto with = scrubber("ada", "correct horse");
  CHECK(scrubbed(with, "a correct horse, correct horse!") ==
        "a " + std::string(Scrubber::mark) + ", " + std::string(Scrubber::mark) + "!");
  CHECK(scrubbed(with, "nothing of it") == "nothing of it");
  std::string empty;
  CHECK_FALSE(with.scrub(empty));
}

TEST_CASE("the listed forms of a password are taken out") {
  const std::string password = "p&<\"'w/ \\%ü+x";
  const auto with = scrubber("ada", password);
  const auto hex = base::hex_encode(base::as_bytes(password));
  for (const std::string& form : std::vector<std::string>{
           password, base64("ada:" + password), base64(password), base64("x" + password + "yz"),
           base64("xx" + password + "y"), hex, std::string("p%26%3C%22%27w%2F%20%5C%25%C3%BC%2Bx"),
           std::string("p%26%3c%22%27w%2f+%5c%25%c3%bc%2bx"), std::string("p&amp;&lt;\"'w/ \\%ü+x"),
           std::string("p&amp;&lt;&quot;&#39;w/ \\%ü+x"), std::string("p&<\\\"'w/ \\\\%ü+x")}) {
    CAPTURE(form);
    CHECK(scrubbed(with, "<" + form + ">").find(std::string(Scrubber::mark)) != std::string::npos);
    CHECK(scrubbed(with, "<" + form + ">").find(form) == std::string::npos);
  }
}

TEST_CASE("no base64 around a password, at any alignment and in either alphabet, still holds it") {
  rc::check([] {
    const auto password = *passwords();
    const auto before = *rc::gen::container<std::string>(rc::gen::inRange<char>('a', 'z'));
    const auto after = *rc::gen::container<std::string>(rc::gen::inRange<char>('a', 'z'));
    auto text = base64(before + password + after);
    if (*rc::gen::arbitrary<bool>()) {
      std::ranges::replace(text, '+', '-');
      std::ranges::replace(text, '/', '_');
    }
    if (*rc::gen::arbitrary<bool>()) std::erase(text, '=');
    RC_ASSERT(decodes_to(text, password));
    RC_ASSERT(!decodes_to(scrubbed(scrubber("ada", password), text), password));
  });
}

TEST_CASE("what is left after scrubbing holds no form of the password, whatever stands around it") {
  rc::check([] {
    const auto password = *passwords();
    const auto with = scrubber("ada", password);
    auto text = *rc::gen::arbitrary<std::string>() + password + *rc::gen::arbitrary<std::string>() + password;
    with.scrub(text);
    RC_ASSERT(text.find(password) == std::string::npos ||
              std::string(Scrubber::mark).find(password) != std::string::npos);
  });
}
