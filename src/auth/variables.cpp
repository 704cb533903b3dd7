#include "auth/variables.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "crypto/secret.hpp"

namespace jwks {
inline namespace v0 {
namespace auth {
namespace {

constexpr std::array<std::string_view, kVariables> kNames{
    "AUTH_MODE",         "AUTH_JWT_RS256_PUBLIC_KEY", "AUTH_JWT_HS256_SECRET",
    "AUTH_JWT_JWKS_URL", "AUTH_JWT_ISSUER",           "AUTH_JWT_AUDIENCE",
    "AUTH_JWT_CA_FILE",  "AUTH_ALLOW_LOOPBACK_HTTP",  "AUTH_DEV_ORG_ID",
};

/// Unlike text::trim also without line ends: a file of variables may have been written elsewhere.
std::string_view trimmed(std::string_view value) noexcept {
  constexpr std::string_view kWhiteSpace = " \t\r\n";
  const std::size_t first = value.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return value.substr(first, value.find_last_not_of(kWhiteSpace) - first + 1);
}

}  // namespace

Variables::Variables(std::string prefix, const Lookup& lookup) : prefix_(std::move(prefix)) {
  for (std::size_t i = 0; i < kVariables; ++i) {
    auto value = lookup(name(static_cast<Variable>(i)));
    set_[i] = value.has_value();
    if (value) values_[i] = std::move(*value);
  }
}

Variables::~Variables() {
  for (std::string& value : values_) crypto::wipe(value);
}

std::string Variables::name(Variable variable) const {
  return prefix_ + std::string(kNames[static_cast<std::size_t>(variable)]);
}

Error Variables::error(Variable variable, std::string_view detail) const {
  return Error(ErrorCode::bad_config).about(name(variable)).because(detail);
}

Result<Mode> Variables::mode() const {
  constexpr std::array<std::pair<std::string_view, Mode>, 5> kModes{{
      {"", Mode::unset},
      {"jwt", Mode::jwt},
      {"smoo", Mode::smoo},
      {"trusted", Mode::trusted},
      {"none", Mode::none},
  }};
  const std::string_view asked = trimmed(text(Variable::mode));
  for (const auto& [name, mode] : kModes) {
    if (text::equals_ignoring_case(asked, name)) return mode;
  }
  return error(Variable::mode, "unknown; it must be jwt, smoo, trusted or none");
}

Result<bool> Variables::flag(Variable variable) const {
  const std::string_view value = trimmed(text(variable));
  if (value == "1" || text::equals_ignoring_case(value, "true")) return true;
  if (value.empty() || value == "0" || text::equals_ignoring_case(value, "false")) return false;
  return error(variable, "it must be true or false");
}

Result<std::vector<std::string>> Variables::list(Variable variable) const {
  std::vector<std::string> entries;
  if (!has(variable)) return entries;
  std::string_view rest = text(variable);
  for (;;) {
    const std::size_t comma = rest.find(',');
    const std::string_view entry = trimmed(rest.substr(0, comma));
    if (entry.empty()) return error(variable, "an entry is empty; separate them with one comma");
    entries.emplace_back(entry);
    if (comma == std::string_view::npos) return entries;
    rest.remove_prefix(comma + 1);
  }
}

std::vector<std::string> unknown_variables_of_process(std::string_view prefix) {
  constexpr std::string_view kFamily = "AUTH_JWT_";
  std::vector<std::string> unknown;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    std::string_view name(*entry);
    name = name.substr(0, name.find('='));
    if (!name.starts_with(prefix)) continue;
    const std::string_view bare = name.substr(prefix.size());
    if (bare.starts_with(kFamily) && std::ranges::find(kNames, bare) == kNames.end())
      unknown.emplace_back(name);
  }
  std::ranges::sort(unknown);
  return unknown;
}

}  // namespace auth
}  // namespace v0
}  // namespace jwks
