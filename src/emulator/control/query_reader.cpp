#include "emulator/control/query_reader.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

std::optional<std::string> QueryReader::string(std::string_view name) {
  asked_.push_back(name);
  std::optional<std::string> found;
  for (const auto& [each, value] : parameters_) {
    if (each != name) continue;
    if (found) refuse(name, "is there twice");
    found = value;
  }
  return found;
}

std::optional<std::size_t> QueryReader::count(std::string_view name) {
  constexpr std::size_t kMostDigits = 9;
  const auto digits = string(name);
  if (!digits) return std::nullopt;
  if (digits->empty() || digits->size() > kMostDigits ||
      !std::all_of(digits->begin(), digits->end(), text::is_digit)) {
    refuse(name, "must be a number");
    return std::nullopt;
  }
  return std::stoul(*digits);
}

void QueryReader::refuse(std::string_view name, std::string_view why) {
  problems_.push_back({std::string(name), std::string(why)});
}

bool QueryReader::finish() {
  for (const auto& [name, value] : parameters_) {
    if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
    refuse(text::escape(name, 60), "is not a parameter of this request");
  }
  return problems_.empty();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
