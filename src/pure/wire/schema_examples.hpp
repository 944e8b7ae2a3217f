// The examples of schema/*.md, so that tests hold the pages to the code. Included by tests only.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace x1::wire::testing {

// The blocks of that language ("json", "yaml") on a page of schema/, in order; without page or block the list is empty.
inline std::vector<std::string> schema_examples(const std::string& page, const std::string& language) {
  std::ifstream file(X1_SOURCE_DIR "/schema/" + page);
  std::stringstream all;
  all << file.rdbuf();
  const std::string text = all.str();
  const std::string open = "\n```" + language + "\n";
  std::vector<std::string> blocks;
  for (auto at = text.find(open); at != std::string::npos; at = text.find(open, at)) {
    at += open.size();
    const auto end = text.find("\n```", at);
    blocks.push_back(text.substr(at, end - at));
  }
  return blocks;
}

}  // namespace x1::wire::testing
