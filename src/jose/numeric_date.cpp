#include "jose/numeric_date.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {
namespace {

using text::is_digit;

/// A non-negative decimal as 0.d1d2d3… × 10^point, with d1 ≠ 0: its digits are the integer's
/// followed by the fraction's.
class Decimal {
 public:
  explicit Decimal(std::string_view number) noexcept {
    const std::size_t mantissa_end = std::min(number.find_first_of("eE"), number.size());
    const std::string_view mantissa = number.substr(0, mantissa_end);
    const std::size_t dot = std::min(mantissa.find('.'), mantissa.size());
    integer_ = mantissa.substr(0, dot);
    fraction_ = mantissa.substr(std::min(dot + 1, mantissa.size()));

    const std::size_t count = integer_.size() + fraction_.size();
    while (first_ < count && raw(first_) == '0') ++first_;
    is_zero_ = first_ == count;
    point_ = static_cast<std::int64_t>(integer_.size()) - static_cast<std::int64_t>(first_);
    if (mantissa_end < number.size()) point_ += exponent(number.substr(mantissa_end + 1));
  }

  [[nodiscard]] bool is_zero() const noexcept { return is_zero_; }
  [[nodiscard]] std::int64_t point() const noexcept { return point_; }
  /// The digit at 10^(point − 1 − index); zeros go on for ever on both sides.
  [[nodiscard]] std::uint32_t digit(std::int64_t index) const noexcept {
    if (index < 0) return 0;
    const std::size_t at = first_ + static_cast<std::size_t>(index);
    return at < integer_.size() + fraction_.size() ? static_cast<std::uint32_t>(raw(at) - '0') : 0;
  }
  /// Tells whether a digit other than zero stands at `index` or after it.
  [[nodiscard]] bool any_from(std::int64_t index) const noexcept {
    const auto count = static_cast<std::int64_t>(integer_.size() + fraction_.size() - first_);
    for (std::int64_t i = std::max<std::int64_t>(index, 0); i < count; ++i) {
      if (digit(i) != 0) return true;
    }
    return false;
  }

 private:
  [[nodiscard]] char raw(std::size_t at) const noexcept {
    return at < integer_.size() ? integer_[at] : fraction_[at - integer_.size()];
  }

  /// The exponent, held within ±10^9, far beyond what a text of a few KiB can make up for.
  static std::int64_t exponent(std::string_view text) noexcept {
    const bool negative = text.starts_with('-');
    if (!is_digit(text.front())) text.remove_prefix(1);
    std::int64_t value = 0;
    for (const char c : text) value = std::min<std::int64_t>(value * 10 + (c - '0'), 1'000'000'000);
    return negative ? -value : value;
  }

  std::string_view integer_;
  std::string_view fraction_;
  std::size_t first_ = 0;
  std::int64_t point_ = 0;
  bool is_zero_ = false;
};

constexpr std::size_t kMaxSecondDigits = 12;

/// What nearly every date is: a few digits and nothing else. Empty for all other numbers.
std::optional<std::int64_t> whole_seconds(std::string_view number) noexcept {
  if (number.size() > kMaxSecondDigits) return std::nullopt;
  std::int64_t seconds = 0;
  for (const char c : number) {
    if (!is_digit(c)) return std::nullopt;
    seconds = seconds * 10 + (c - '0');
  }
  return seconds;
}

}  // namespace

std::optional<NumericDate> parse_numeric_date(std::string_view number) noexcept {
  if (const auto seconds = whole_seconds(number)) {
    if (*seconds > kMaxNumericDate) return std::nullopt;
    return NumericDate{*seconds, 0};
  }
  const bool negative = number.starts_with('-');
  if (negative) number.remove_prefix(1);
  const Decimal decimal(number);
  if (decimal.is_zero()) return NumericDate{};
  if (negative) return std::nullopt;

  if (decimal.point() > std::int64_t{kMaxSecondDigits}) return std::nullopt;
  NumericDate date;
  for (std::int64_t i = 0; i < decimal.point(); ++i)
    date.seconds = date.seconds * 10 + decimal.digit(i);
  constexpr std::int64_t kNanosecondDigits = 9;
  for (std::int64_t i = 0; i < kNanosecondDigits; ++i) {
    date.nanoseconds = date.nanoseconds * 10 + decimal.digit(decimal.point() + i);
  }
  if (decimal.any_from(decimal.point() + kNanosecondDigits) &&
      ++date.nanoseconds == 1'000'000'000) {
    date.nanoseconds = 0;
    ++date.seconds;
  }
  if (date > NumericDate{kMaxNumericDate, 0}) return std::nullopt;
  return date;
}

NumericDate to_numeric_date(std::chrono::system_clock::time_point time) noexcept {
  using std::chrono::floor;
  using std::chrono::nanoseconds;
  using std::chrono::seconds;
  const auto whole = floor<seconds>(time);
  const std::int64_t count = whole.time_since_epoch().count();
  if (count < 0) return {};
  if (count > kMaxNumericDate) return {kMaxNumericDate, 0};
  const auto rest = std::chrono::duration_cast<nanoseconds>(time - whole);
  return {count, static_cast<std::uint32_t>(rest.count())};
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
