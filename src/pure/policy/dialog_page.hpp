// DialogPage: the page that the consent dialog is written on, 100 columns wide. Our own words are wrapped at spaces;
// words from outside stand behind a bar on every line, so that they can't pass for ours.
#pragma once

#include <string>
#include <string_view>

namespace x1::policy {

class DialogPage {
 public:
  void rule();   // a line across the page
  void blank();  // an empty line
  void heading(std::string_view ours);
  // "  Label     text", the text wrapped below itself.
  void labelled(std::string_view label, std::string_view ours);
  void paragraph(std::string_view ours, std::string_view indent = "  ");
  // One line from outside, already visible; broken at the edge of the page, the rest behind "↪".
  void line(std::string_view indent, std::string_view visible);
  // Text from outside, entire: a line of it begins with "│ ", what had to be broken goes on with "┊ ". Padding is
  // written as what it is. `lead`, as wide as `indent`, stands before the first line in its place.
  void quoted(std::string_view indent, std::string_view outside, std::string_view lead = "");

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void wrapped(std::string_view first, std::string_view next, std::string_view ours);
  void broken(std::string_view first, std::string_view next, std::string_view visible);
  std::string text_;
};

}  // namespace x1::policy
