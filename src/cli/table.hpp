#pragma once

// A table of text whose columns are as wide as what stands in them.

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace jwks::cli {

class Table {
 public:
  /// How the text of a cell is marked; its width is that of the text alone.
  using Mark = std::function<std::string(std::string_view)>;
  struct Cell {
    std::string text;  ///< printable ASCII; an empty one is shown as "-"
    Mark mark{};       ///< empty: as it is
  };

  void add_row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }

  /// Prints the rows; two spaces are between columns, and none at the end of a line.
  void print(std::ostream& out) const;

 private:
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace jwks::cli
