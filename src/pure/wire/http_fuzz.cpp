// Feeds the same bytes to two readers, once whole and once in pieces: both must see the same messages.
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "wire/http.hpp"

namespace {

using namespace x1;

constexpr wire::HttpLimits limits{.head_bytes = 512, .headers = 8, .body_bytes = 1024};

std::string show(const std::vector<wire::Header>& headers) {
  std::string text;
  for (const auto& header : headers)
    text += header.name + ":" + header.value + "\n";
  return text;
}

// The bytes in pieces whose sizes `seed` tells; 0 means all at once.
template <class Feed>
void in_pieces(std::string_view bytes, std::uint32_t seed, Feed feed) {
  while (!bytes.empty()) {
    seed = seed * 1664525U + (seed == 0 ? 0U : 1013904223U);
    const auto size = seed == 0 ? bytes.size() : 1 + (seed >> 16U) % 9;
    const auto piece = bytes.substr(0, size);
    bytes.remove_prefix(piece.size());
    if (!feed(piece)) return;
  }
}

std::string requests(std::string_view bytes, std::uint32_t seed) {
  wire::HttpRequestReader reader(limits);
  std::string seen;
  in_pieces(bytes, seed, [&](std::string_view piece) {
    auto read = reader.feed(piece);
    for (; read.ok() && read->has_value(); read = reader.feed("")) {
      auto& request = **read;
      seen += std::string(to_string(request.method)) + request.target + show(request.headers) + request.body +
              (request.keep_alive ? "+" : "-");
      (void)serialise(request, "host");
    }
    if (!read.ok()) seen += describe(read.error());
    return read.ok();
  });
  return seen + (reader.in_message() ? "…" : "");
}

std::string response(std::string_view bytes, std::uint32_t seed) {
  wire::HttpResponseReader reader(wire::Method::get, limits);
  std::string seen;
  const auto note = [&](wire::HttpResponse& answer) {
    seen += std::to_string(answer.status) + show(answer.headers) + answer.body;
    X1_CHECK(answer.body.size() <= limits.body_bytes);
  };
  bool done = false;
  in_pieces(bytes, seed, [&](std::string_view piece) {
    auto read = reader.feed(piece);
    if (read.ok() && read->has_value()) note(**read);
    if (!read.ok()) seen += describe(read.error());
    done = !read.ok() || read->has_value();
    return !done;
  });
  if (done) return seen;
  auto ended = reader.end();
  if (ended.ok()) note(*ended);
  return seen + (ended.ok() ? "" : describe(ended.error()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = base::as_text(base::BytesView(data, size));
  const auto seed = 1 + static_cast<std::uint32_t>(size) * 7919U;
  X1_CHECK(requests(text, 0) == requests(text, seed));
  X1_CHECK(response(text, 0) == response(text, seed));
  return 0;
}
