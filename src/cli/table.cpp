#include "cli/table.hpp"

#include <algorithm>
#include <cstddef>
#include <ostream>

namespace jwks::cli {
namespace {

std::string_view shown(const Table::Cell& cell) {
  return cell.text.empty() ? std::string_view("-") : std::string_view(cell.text);
}

std::vector<std::size_t> widths_of(const std::vector<std::vector<Table::Cell>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], shown(row[i]).size());
    }
  }
  return widths;
}

}  // namespace

void Table::print(std::ostream& out) const {
  const std::vector<std::size_t> widths = widths_of(rows_);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string_view text = shown(row[i]);
      out << (row[i].mark ? row[i].mark(text) : std::string(text));
      if (i + 1 < row.size()) out << std::string(widths[i] - text.size() + 2, ' ');
    }
    out << '\n';
  }
}

}  // namespace jwks::cli
