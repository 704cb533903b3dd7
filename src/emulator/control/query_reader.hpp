#pragma once

// Reading the query of a control request: parameters that are known, and there once.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/control/object_reader.hpp"
#include "emulator/http/form.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// As `ObjectReader`, but problems stay here.
class QueryReader {
 public:
  explicit QueryReader(std::string_view query) : parameters_(parse_form(query)) {}

  [[nodiscard]] std::optional<std::string> string(std::string_view name);
  /// A decimal number of at most nine digits.
  [[nodiscard]] std::optional<std::size_t> count(std::string_view name);
  void refuse(std::string_view name, std::string_view why);
  /// Refuses every parameter that was not asked for. True: nothing was refused.
  bool finish();
  [[nodiscard]] const std::vector<FieldProblem>& problems() const noexcept { return problems_; }

 private:
  Parameters parameters_;
  std::vector<std::string_view> asked_;
  std::vector<FieldProblem> problems_;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
