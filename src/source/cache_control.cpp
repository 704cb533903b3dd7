#include "source/cache_control.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

using std::chrono::seconds;

constexpr seconds kMaxRetryAfter{300};
/// RFC 9111 §1.2.2: what overflows counts as 2^31 or the greatest value that fits.
constexpr seconds kMaxDelta{std::int64_t{1} << 31};

/// delta-seconds: digits and nothing else.
std::optional<seconds> parse_delta(std::string_view text) noexcept {
  if (text.empty()) return std::nullopt;
  seconds value{0};
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = std::min(kMaxDelta, value * 10 + seconds(c - '0'));
  }
  return value;
}

struct Directives {
  bool keep_short = false;  ///< no-store, no-cache or private
  std::optional<seconds> max_age{};
};

void read_directive(std::string_view directive, Directives& into) noexcept {
  const auto equals = directive.find('=');
  const std::string_view name = text::trim(directive.substr(0, equals));
  if (text::equals_ignoring_case(name, "no-store") ||
      text::equals_ignoring_case(name, "no-cache") || text::equals_ignoring_case(name, "private")) {
    into.keep_short = true;
  } else if (text::equals_ignoring_case(name, "max-age") && equals != std::string_view::npos) {
    std::string_view value = text::trim(directive.substr(equals + 1));
    // RFC 9111 §5.2: the quoted form ought to be understood as well.
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    const auto delta = parse_delta(value);
    // Two values contradict each other: the shorter one trusts less.
    if (delta) into.max_age = into.max_age ? std::min(*into.max_age, *delta) : *delta;
  }
}

Directives read_cache_control(std::string_view value) noexcept {
  Directives directives;
  std::size_t start = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= value.size(); ++i) {
    if (i < value.size() && value[i] == '"') quoted = !quoted;
    if (i == value.size() || (value[i] == ',' && !quoted)) {
      read_directive(value.substr(start, i - start), directives);
      start = i + 1;
    }
  }
  return directives;
}

/// The fields of a date, cut at spaces, commas and hyphens; empty fields are left out.
struct Fields {
  std::array<std::string_view, 7> items{};
  std::size_t count = 0;
};

Fields split_date(std::string_view value) noexcept {
  Fields fields;
  std::size_t i = 0;
  while (i < value.size() && fields.count < fields.items.size()) {
    const auto begin = value.find_first_not_of(" ,-", i);
    if (begin == std::string_view::npos) break;
    const auto end = std::min(value.find_first_of(" ,-", begin), value.size());
    fields.items[fields.count++] = value.substr(begin, end - begin);
    i = end;
  }
  return fields;
}

std::optional<int> parse_small(std::string_view text, std::size_t max_digits) noexcept {
  if (text.empty() || text.size() > max_digits) return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<unsigned> parse_month(std::string_view text) noexcept {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::find(kMonths.begin(), kMonths.end(), text);
  if (found == kMonths.end()) return std::nullopt;
  return static_cast<unsigned>(found - kMonths.begin()) + 1;
}

std::optional<seconds> parse_time_of_day(std::string_view text) noexcept {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hour = parse_small(text.substr(0, 2), 2);
  const auto minute = parse_small(text.substr(3, 2), 2);
  const auto second = parse_small(text.substr(6, 2), 2);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60)
    return std::nullopt;
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + seconds(*second);
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view value) {
  if (value.size() > 40) return std::nullopt;
  const Fields fields = split_date(value);
  const auto& item = fields.items;
  // IMF-fixdate and RFC 850: weekday, day, month, year, time, GMT. asctime: the year comes last.
  const bool asctime = fields.count == 5;
  if (!asctime && (fields.count != 6 || item[5] != "GMT")) return std::nullopt;
  const auto day = parse_small(asctime ? item[2] : item[1], 2);
  const auto month = parse_month(asctime ? item[1] : item[2]);
  auto year = parse_small(asctime ? item[4] : item[3], 4);
  const auto time = parse_time_of_day(asctime ? item[3] : item[4]);
  if (!day || !month || !year || !time) return std::nullopt;
  if (!asctime && item[3].size() == 2) *year += *year < 70 ? 2000 : 1900;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(*month),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + *time;
}

Freshness freshness_of(const FetchResponse& response, const CacheOptions& options) {
  const seconds age = parse_delta(text::trim(response.age)).value_or(seconds(0));
  // No older than it could be and still be a cached answer within our own bounds.
  const seconds believed_age = std::min(age, options.max_ttl);
  if (!options.honour_cache_control) return {.ttl = options.default_ttl, .age = believed_age};
  const Directives directives = read_cache_control(response.cache_control);
  seconds ttl = options.default_ttl;
  if (directives.keep_short) {
    ttl = options.min_ttl;
  } else if (directives.max_age) {
    ttl = *directives.max_age - age;
  } else if (!text::trim(response.expires).empty()) {
    const auto expires = parse_http_date(text::trim(response.expires));
    const auto date = parse_http_date(text::trim(response.date));
    // RFC 9111 §5.3: an invalid date, "0" above all, means that it has expired already.
    if (!expires)
      ttl = seconds(0);
    else if (date)
      ttl = *expires - *date - age;
  }
  return {.ttl = std::clamp(ttl, options.min_ttl, options.max_ttl), .age = believed_age};
}

std::optional<seconds> parse_retry_after(std::string_view value,
                                         std::chrono::system_clock::time_point wall_now) {
  value = text::trim(value);
  if (const auto delta = parse_delta(value)) return std::min(*delta, kMaxRetryAfter);
  const auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  const auto delay = *date - std::chrono::floor<seconds>(wall_now);
  return std::clamp<seconds>(delay, seconds(0), kMaxRetryAfter);
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
