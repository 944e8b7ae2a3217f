// Rows: lines broken as the screen would break them, with a mark before what goes on. A line that is left to the screen
// goes on at its edge, where only words of ours begin; an agent that counts columns could begin one there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace x1::cli {

// What a row begins with that goes on with the one above. Nobody else can write it: policy/visible.hpp shows box
// drawing as what it is.
inline constexpr std::string_view goes_on = "  ┊ ";

// `visible`: made so before (policy/dialog.hpp), lines end in '\n'. `columns` of the screen; 0: it is none, and nothing
// is broken. A line across the page ends where the screen does.
[[nodiscard]] std::string in_rows(std::string_view visible, std::size_t columns);

}  // namespace x1::cli
