#include "cli/words.hpp"

#include <algorithm>

#include "wire/ascii.hpp"

namespace x1::cli {

std::string lower(std::string_view text) {
  std::string word(text);
  std::ranges::transform(word, word.begin(), wire::lower);
  return word;
}

}  // namespace x1::cli
