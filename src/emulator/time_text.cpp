#include "emulator/time_text.hpp"

#include <array>
#include <cstdio>

#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

using std::chrono::system_clock;

/// Takes characters from the front. What does not fit makes `failed` true, and all else 0.
struct Reader {
  std::string_view rest;
  bool failed = false;

  int digits(std::size_t count) {
    int number = 0;
    for (; count > 0; --count) {
      if (rest.empty() || !text::is_digit(rest.front())) return fail();
      number = number * 10 + (rest.front() - '0');
      rest.remove_prefix(1);
    }
    return number;
  }
  int number_up_to(int max) {
    const int number = digits(2);
    return number > max ? fail() : number;
  }
  bool skip(char wanted) {
    if (rest.empty() || text::to_lower(rest.front()) != wanted) return false;
    rest.remove_prefix(1);
    return true;
  }
  void need(char wanted) {
    if (!skip(wanted)) fail();
  }
  /// What follows the dot; digits beyond nanoseconds are cut off.
  std::chrono::nanoseconds fraction() {
    std::int64_t nanoseconds = 0;
    if (rest.empty() || !text::is_digit(rest.front())) fail();
    for (std::int64_t unit = 100'000'000; !rest.empty() && text::is_digit(rest.front());
         unit /= 10) {
      nanoseconds += unit * (rest.front() - '0');
      rest.remove_prefix(1);
    }
    return std::chrono::nanoseconds(nanoseconds);
  }
  int fail() {
    failed = true;
    rest = {};
    return 0;
  }
};

}  // namespace

std::string utc_text(system_clock::time_point time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time) - day);
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<system_clock::time_point> parse_date_time(std::string_view text) noexcept {
  Reader reader{text};
  const std::chrono::year year(reader.digits(4));
  reader.need('-');
  const std::chrono::month month(static_cast<unsigned>(reader.digits(2)));
  reader.need('-');
  const std::chrono::day day(static_cast<unsigned>(reader.digits(2)));
  if (!reader.skip('t')) reader.need(' ');
  const std::chrono::hours hours(reader.number_up_to(23));
  reader.need(':');
  const std::chrono::minutes minutes(reader.number_up_to(59));
  reader.need(':');
  const std::chrono::seconds seconds(reader.number_up_to(59));
  const auto fraction = reader.skip('.') ? reader.fraction() : std::chrono::nanoseconds::zero();
  std::chrono::minutes offset{0};
  if (!reader.skip('z')) {
    const bool behind = reader.skip('-');
    if (!behind) reader.need('+');
    offset += std::chrono::hours(reader.number_up_to(23));
    reader.need(':');
    offset += std::chrono::minutes(reader.number_up_to(59));
    if (behind) offset = -offset;
  }
  const std::chrono::year_month_day date(year, month, day);
  // The years at the ends are not whole in 64 bits of nanoseconds.
  constexpr std::chrono::year kFirst{1678};
  constexpr std::chrono::year kLast{2261};
  if (reader.failed || !reader.rest.empty() || !date.ok() || year < kFirst || year > kLast) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + hours + minutes + seconds - offset +
         std::chrono::duration_cast<system_clock::duration>(fraction);
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
