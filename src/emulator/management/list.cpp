#include "emulator/management/list.hpp"

#include <charconv>
#include <utility>

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::size_t kMaxLimit = 100;

struct Wanted {
  std::size_t limit = 10;
  bool ascending = false;
  std::string before{};
  std::string after{};
};

/// Reads one parameter; returns what is wrong with it.
std::string_view read(std::string_view name, const std::string& value, Wanted& into) {
  if (name == "limit") {
    const char* const end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, into.limit);
    const bool fine = error == std::errc() && rest == end;
    return fine && into.limit >= 1 && into.limit <= kMaxLimit ? "" : "must be 1 to 100";
  }
  if (name == "order") {
    into.ascending = value == "asc";
    return into.ascending || value == "desc" ? "" : "must be asc or desc";
  }
  if (name == "before") into.before = value;
  if (name == "after") into.after = value;
  return {};
}

std::string quoted_or_null(const std::optional<std::string>& text) {
  return text ? json_quoted(*text) : "null";
}

}  // namespace

std::variant<Page, Problems> find_page(const Parameters& query,
                                       const std::vector<std::string>& ids) {
  Wanted wanted;
  Problems problems;
  for (const auto& [name, value] : query) {
    const std::string_view problem = read(name, value, wanted);
    if (!problem.empty()) problems.push_back({name, with_value(problem, value)});
  }

  std::vector<std::size_t> order(ids.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = wanted.ascending ? i : order.size() - 1 - i;
  }
  const auto place_of = [&](std::string_view cursor, const std::string& id, std::size_t otherwise) {
    if (id.empty()) return otherwise;
    const auto at = std::find_if(order.begin(), order.end(),
                                 [&](std::size_t index) { return ids[index] == id; });
    if (at == order.end()) {
      problems.push_back({std::string(cursor), with_value("names no item of the list", id)});
      return otherwise;
    }
    return static_cast<std::size_t>(at - order.begin());
  };
  // Positions that the page may begin at, and must end at.
  std::size_t begin = wanted.after.empty() ? 0 : place_of("after", wanted.after, 0) + 1;
  std::size_t end = place_of("before", wanted.before, order.size());
  if (!problems.empty()) return problems;

  end = std::max(begin, end);
  // Going back, the page is the one next to the cursor.
  const bool back = wanted.after.empty() && !wanted.before.empty();
  if (end - begin > wanted.limit)
    (back ? begin : end) = back ? end - wanted.limit : begin + wanted.limit;
  Page page;
  if (begin == end) return page;
  page.items.assign(order.begin() + static_cast<std::ptrdiff_t>(begin),
                    order.begin() + static_cast<std::ptrdiff_t>(end));
  if (begin > 0) page.before = ids[page.items.front()];
  if (end < order.size()) page.after = ids[page.items.back()];
  return page;
}

std::string list_json(const Page& page, const std::vector<std::string>& items) {
  const std::string metadata = JsonObject()
                                   .raw("before", quoted_or_null(page.before))
                                   .raw("after", quoted_or_null(page.after))
                                   .text();
  return JsonObject()
      .string("object", "list")
      .raw("data", array_of(items))
      .raw("list_metadata", metadata)
      .text();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
