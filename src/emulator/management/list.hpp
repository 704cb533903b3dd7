#pragma once

// Lists in pages. A cursor is the id of an item: a page begins after `after`, or ends before
// `before`. Items stand in the order in which they came, also where their times are equal.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "emulator/http/form.hpp"
#include "emulator/json_text.hpp"
#include "emulator/management/endpoints.hpp"
#include "emulator/management/resource_json.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

struct Page {
  std::vector<std::size_t> items{};     ///< of the whole list, in the order that was asked for
  std::optional<std::string> before{};  ///< the first item's id if others are before it
  std::optional<std::string> after{};   ///< the last item's id if others are after it
};

/// The page that `query` asks for: "limit" (1 to 100, else 10), "order" ("asc" or, else, "desc"),
/// "before" and "after". `ids` are those of the whole list, oldest first. What is wrong with the
/// query is told all at once; a cursor that names no item is wrong.
[[nodiscard]] std::variant<Page, Problems> find_page(const Parameters& query,
                                                     const std::vector<std::string>& ids);

[[nodiscard]] std::string list_json(const Page& page, const std::vector<std::string>& items);

/// Answers with a page of `records`, which are the oldest first.
template <class Record>
[[nodiscard]] HttpResponse list_response(const Parameters& query,
                                         const std::vector<Record>& records) {
  std::vector<std::string> ids;
  ids.reserve(records.size());
  for (const Record& each : records) ids.push_back(id_of(each));
  const auto found = find_page(query, ids);
  if (const auto* problems = std::get_if<Problems>(&found)) return unprocessable(*problems);
  const Page& page = std::get<Page>(found);
  std::vector<std::string> items;
  items.reserve(page.items.size());
  for (const std::size_t index : page.items) items.push_back(to_json(records[index]));
  return json_response(200, list_json(page, items));
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
