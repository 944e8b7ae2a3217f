#include "dialer/scrub.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/encoding.hpp"

namespace x1::dialer {
namespace {

constexpr std::size_t min_form_bytes = 3;

// The base64 characters that depend on the text alone when it stands `shift` bytes into a group of three.
std::string base64_inside(std::string_view text, std::size_t shift) {
  const auto encoded = base::base64_encode(base::as_bytes(std::string(shift, '\0') + std::string(text)));
  constexpr std::array<std::size_t, 3> foreign_first{0, 2, 3};  // characters with bits of what stands before
  const auto first = foreign_first.at(shift);
  const auto last = (shift + text.size()) * 8 / 6;  // beyond it, bits of what follows
  return last <= first ? std::string() : encoded.substr(first, last - first);
}

std::string url_alphabet(std::string text) {
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::string without_padding(std::string text) {
  while (text.ends_with('='))
    text.pop_back();
  return text;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

std::string hex_of(char c) {
  const std::array byte{static_cast<std::uint8_t>(c)};
  return base::hex_encode(byte);
}

bool is_word(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// Percent-encoding: everything, or all but letters, digits and `kept` (encoders differ in what they leave).
std::string percent(std::string_view text, std::string_view kept, bool all, bool capital, bool plus_for_space) {
  std::string out;
  for (const char c : text) {
    if (plus_for_space && c == ' ') {
      out += '+';
    } else if (!all && (is_word(c) || kept.find(c) != kept.npos)) {
      out += c;
    } else {
      out.append("%").append(capital ? upper(hex_of(c)) : hex_of(c));
    }
  }
  return out;
}

std::string escaped(std::string_view text, const std::vector<std::pair<char, std::string>>& escapes) {
  std::string out;
  for (const char c : text) {
    const auto found = std::ranges::find(escapes, c, &std::pair<char, std::string>::first);
    found == escapes.end() ? out.push_back(c) : static_cast<void>(out.append(found->second));
  }
  return out;
}

std::set<std::string> forms_of(std::string_view user, std::string_view password) {
  const std::string pair = std::string(user) + ":" + std::string(password);
  std::set<std::string> forms{std::string(password)};
  std::set<std::string> base64{base::base64_encode(base::as_bytes(pair)),
                               base::base64_encode(base::as_bytes(password))};
  for (std::size_t shift = 0; shift < 3; ++shift) {
    base64.insert(base64_inside(password, shift));
    base64.insert(base64_inside(pair, shift));
  }
  for (const auto& text : base64) {
    for (const auto& form : {text, without_padding(text)}) {
      forms.insert(form);
      forms.insert(url_alphabet(form));
      forms.insert(percent(form, "", false, true, false));
      forms.insert(percent(form, "", false, false, false));
    }
  }
  for (const bool capital : {false, true}) {
    forms.insert(percent(password, "", true, capital, false));
    for (const std::string_view kept : {"", "-._~", "-._~!*'()", "-._~!$&'()*+,;=:@/?", "-._*"})
      for (const bool plus : {false, true})
        forms.insert(percent(password, kept, false, capital, plus));
  }
  const auto hex = base::hex_encode(base::as_bytes(password));
  forms.insert({hex, upper(hex)});
  forms.insert(escaped(password, {{'"', "\\\""}, {'\\', "\\\\"}}));
  forms.insert(escaped(password, {{'"', "\\\""}, {'\\', "\\\\"}, {'/', "\\/"}}));
  forms.insert(escaped(password, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}}));
  forms.insert(escaped(password, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}}));
  for (const auto* apostrophe : {"&apos;", "&#39;", "&#x27;"}) {
    forms.insert(
        escaped(password, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', apostrophe}}));
  }
  std::erase_if(forms, [](const std::string& form) { return form.size() < min_form_bytes; });
  return forms;
}

}  // namespace

base::Result<Scrubber> Scrubber::of(std::string_view user, const crypto::Secret& password) {
  const auto forms = forms_of(user, base::as_text(password.expose()));
  std::vector<std::string_view> sorted(forms.begin(), forms.end());
  std::ranges::sort(sorted, [](std::string_view a, std::string_view b) { return a.size() > b.size(); });
  std::size_t size = 0;
  for (const auto form : sorted)
    size += form.size();
  X1_TRY(kept, crypto::Secret::of_size(size));
  std::vector<Part> parts;
  std::size_t at = 0;
  for (const auto form : sorted) {
    std::ranges::copy(base::as_bytes(form), kept.fill().subspan(at).begin());
    parts.push_back({at, form.size()});
    at += form.size();
  }
  return Scrubber(std::move(kept), std::move(parts));
}

bool Scrubber::scrub(std::string& text) const {
  const auto all = base::as_text(forms_.expose());
  bool found = false;
  for (const auto& part : parts_) {
    const auto form = all.substr(part.offset, part.size);
    auto at = text.find(form);
    if (at == text.npos) continue;
    found = true;
    std::string out;
    std::size_t done = 0;
    for (; at != text.npos; at = text.find(form, done)) {
      out.append(text, done, at - done).append(mark);
      done = at + form.size();
    }
    text = out.append(text, done);
  }
  return found;
}

}  // namespace x1::dialer
