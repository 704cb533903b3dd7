#pragma once

// `MapReader`: takes the members of one map out of a configuration, each as the type it must have.
//
//   MapReader map(value, "users[0]", findings);
//   User user{.email = map.required_string("email"), .name = map.string("name")};
//   map.finish();
//
// What is wrong becomes a problem with its path, reading goes on, and a default is returned. Which
// members there are is what was asked for: `finish` warns about the others.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/config/config_value.hpp"
#include "emulator/seed.hpp"
#include "jwks/emulator_options.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// What there is to say about a configuration, in the order of reading.
struct Findings {
  std::vector<SeedProblem> problems{};
  std::vector<SeedProblem> warnings{};

  void problem(std::string path, std::string message) {
    problems.push_back({std::move(path), std::move(message)});
  }
  void warning(std::string path, std::string message) {
    warnings.push_back({std::move(path), std::move(message)});
  }
};

/// Whether a message may repeat a value.
enum class Value : std::uint8_t { open, secret };

/// Members of other emulators' files that have no meaning here.
using NotEmulated = std::span<const std::string_view>;

class MapReader {
 public:
  /// Refers to `map` and `findings`. Names that occur twice are problems at once.
  MapReader(const ConfigValue& map, std::string path, Findings& findings);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string path_of(std::string_view name) const {
    return member_path(path_, name);
  }
  [[nodiscard]] Findings& findings() const noexcept { return findings_; }
  void problem(std::string_view name, std::string message) const {
    findings_.problem(path_of(name), std::move(message));
  }

  /// The member; null if it is absent or `null`.
  [[nodiscard]] const ConfigValue* find(std::string_view name);
  [[nodiscard]] bool has(std::string_view name) { return find(name) != nullptr; }

  // Absent members are empty, of the wrong type too, and then there is a problem.
  [[nodiscard]] std::string string(std::string_view name, Value kind = Value::open);
  [[nodiscard]] std::string required_string(std::string_view name);
  /// A string that may be there and be empty.
  [[nodiscard]] std::optional<std::string> text(std::string_view name);
  [[nodiscard]] bool boolean(std::string_view name);
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name, std::int64_t min,
                                                    std::int64_t max);
  [[nodiscard]] std::optional<double> number(std::string_view name);
  /// Whole seconds, up to a hundred years.
  [[nodiscard]] std::optional<std::chrono::seconds> seconds(std::string_view name);
  /// Seconds, fractions allowed: "0.5". Up to a hundred years.
  [[nodiscard]] std::optional<std::chrono::milliseconds> milliseconds(std::string_view name);
  [[nodiscard]] std::vector<std::string> strings(std::string_view name);
  /// A map of strings.
  [[nodiscard]] StringMap string_map(std::string_view name);
  /// A map of anything.
  [[nodiscard]] JsonMembers json_members(std::string_view name);

  /// The value that one of `names` stands for.
  template <class T>
  [[nodiscard]] std::optional<T> choice(std::string_view name,
                                        std::span<const std::pair<std::string_view, T>> all);
  /// The same of a list of names.
  template <class T>
  [[nodiscard]] std::vector<T> choices(std::string_view name,
                                       std::span<const std::pair<std::string_view, T>> all);

  /// Calls `read(MapReader&)` for each map of a list, and for what is none with an empty map, so
  /// that the n-th call is for the n-th item.
  template <class Read>
  void each_map(std::string_view name, Read&& read);

  /// Warns about members that nobody asked for.
  void finish(NotEmulated not_emulated = {});

 private:
  void refuse(std::string_view name, std::string_view wanted, const ConfigValue& is,
              Value value = Value::open) const;
  template <class T>
  [[nodiscard]] std::optional<T> meaning(std::string path, std::string_view name,
                                         std::span<const std::pair<std::string_view, T>> all) const;
  void refuse_name(std::string path, std::string_view name,
                   std::span<const std::string_view> all) const;
  [[nodiscard]] const std::vector<ConfigValue>* list(std::string_view name);
  /// Calls `read(path, text)` for each string of a list.
  template <class Read>
  void each_string(std::string_view name, Read&& read);

  const ConfigValue& map_;
  std::string path_;
  Findings& findings_;
  std::vector<std::string_view> asked_;
};

/// The value as JSON text. What JSON can't say, or is there twice, is a problem.
[[nodiscard]] std::string to_json(const ConfigValue& value, const std::string& path,
                                  Findings& findings);

template <class T>
std::optional<T> MapReader::meaning(std::string path, std::string_view name,
                                    std::span<const std::pair<std::string_view, T>> all) const {
  std::vector<std::string_view> names;
  for (const auto& [each, meaning] : all) {
    if (name == each) return meaning;
    names.push_back(each);
  }
  refuse_name(std::move(path), name, names);
  return std::nullopt;
}

template <class T>
std::optional<T> MapReader::choice(std::string_view name,
                                   std::span<const std::pair<std::string_view, T>> all) {
  const auto chosen = text(name);
  return chosen ? meaning(path_of(name), *chosen, all) : std::nullopt;
}

template <class T>
std::vector<T> MapReader::choices(std::string_view name,
                                  std::span<const std::pair<std::string_view, T>> all) {
  std::vector<T> chosen;
  each_string(name, [&](const std::string& path, const std::string& each) {
    if (const auto one = meaning(path, each, all)) chosen.push_back(*one);
  });
  return chosen;
}

template <class Read>
void MapReader::each_string(std::string_view name, Read&& read) {
  const std::vector<ConfigValue>* const items = list(name);
  for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) {
    const ConfigValue& item = (*items)[i];
    const std::string path = item_path(path_of(name), i);
    if (item.is_string()) {
      read(path, item.text);
    } else {
      findings_.problem(path, "must be a string, is " + shown(item));
    }
  }
}

template <class Read>
void MapReader::each_map(std::string_view name, Read&& read) {
  const std::vector<ConfigValue>* const items = list(name);
  if (items == nullptr) return;
  static const ConfigValue kNothing{.kind = ConfigValue::Kind::map};
  for (std::size_t i = 0; i < items->size(); ++i) {
    const ConfigValue& item = (*items)[i];
    const std::string path = item_path(path_of(name), i);
    if (item.is_map()) {
      MapReader map(item, path, findings_);
      read(map);
      continue;
    }
    findings_.problem(path, "must be a map, is " + shown(item));
    Findings unheard;
    MapReader nothing(kNothing, path, unheard);
    read(nothing);
  }
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
