#pragma once

// One line of the table, as it is measured, printed and written as JSON.

#include <cstdint>
#include <iosfwd>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// A figure that does not apply. It compares false with everything and is null in JSON.
inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// What a row's figure is.
enum class Unit : std::uint8_t {
  ratio,          ///< ns over floor_ns; at most the target
  speedup,        ///< throughput of all threads over that of one; at least the target
  ns,             ///< at most the target
  ns_over_floor,  ///< ns − floor_ns; at most the target
  count,          ///< of allocations; at most the target
  bytes,          ///< at most the target
};
[[nodiscard]] std::string_view to_string(Unit unit) noexcept;

struct Row {
  std::string name{};
  unsigned threads = 1;
  double floor_ns = kNone;  ///< what it is compared with
  double ns = kNone;        ///< the library, by the clock on the wall
  double cpu_ns = kNone;    ///< the library, by the clocks of its threads
  double ratio = kNone;     ///< median of ratios taken beside each other; not ns / floor_ns
  double spread = kNone;    ///< how far the repetitions' ratios lie apart
  Unit unit = Unit::ratio;  ///< of `value` and `target`
  double value = kNone;     ///< the figure that the target is for
  double target = kNone;

  /// Has a target and a figure: none could be had if the machine was never undisturbed.
  [[nodiscard]] bool is_judged() const noexcept;
  [[nodiscard]] bool met() const noexcept;
};

/// Where the figures come from.
struct Context {
  std::string date;  ///< RFC 3339
  std::string cpu;
  unsigned cores = 0;
  std::string openssl;
  std::string compiler;
  std::string build_type;
  std::string library;  ///< version
};
[[nodiscard]] Context context();

void print(std::ostream& out, const Context& context, const std::vector<Row>& rows);

/// *Failure:* these end the program with a message.
void write_json(const std::string& file, const Context& context, const std::vector<Row>& rows);
[[nodiscard]] std::vector<Row> read_rows(const std::string& file);

}  // namespace bench
