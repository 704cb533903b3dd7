#include "cli/keys/key_list.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/table.hpp"

namespace jwks::cli {
namespace {

std::optional<std::string> string_member(JsonValue entry, std::string_view name) {
  const auto value = entry.find(name);
  const auto text = value ? value->as_string() : std::nullopt;
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

/// RFC 7518 §6.2.2, §6.3.2, §6.4, RFC 9964 §3: the members that only the owner may know.
bool holds_secrets(JsonValue entry) {
  constexpr std::array<std::string_view, 9> kPrivate = {"d",  "p",   "q", "dp",  "dq",
                                                        "qi", "oth", "k", "priv"};
  return std::ranges::any_of(kPrivate, [entry](std::string_view name) {
    return !string_member(entry, name).value_or("").empty();
  });
}

ListedKey described(JsonValue entry) {
  return {.key_id = string_member(entry, "kid"),
          .type = string_member(entry, "kty"),
          .algorithm = string_member(entry, "alg"),
          .use = string_member(entry, "use"),
          .exposed = holds_secrets(entry)};
}

/// Tells whether an entry that can be read by itself became this key of the set, not a second one.
bool is_same(const Jwk& read, const Jwk& used) {
  return read.thumbprint() == used.thumbprint() && read.key_id() == used.key_id() &&
         read.has_key_id() == used.has_key_id() && read.algorithm() == used.algorithm();
}

std::string why_not(const ListedKey& key) {
  std::string why = "not used: " + std::string(to_string(key.reason));
  if (!key.member.empty()) why += " (" + key.member + ")";
  return why;
}

std::string cell(const std::optional<std::string>& text) {
  return text ? text::escape(*text, 64) : std::string();
}

std::string json_or_null(const std::optional<std::string>& text) {
  return text ? json_string(*text) : "null";
}

}  // namespace

Result<std::vector<ListedKey>> list_keys(std::string_view document) {
  const auto set = JwkSet::parse(document);
  if (!set) return set.error();
  const auto parsed = json::parse_object(document, {.depth = 16});
  if (!parsed) return parsed.error();
  const JsonValue entries = parsed->root().find("keys").value();  // else it were no set

  // The set has the entries that are used and the others apart, each in the document's order.
  std::vector<ListedKey> list;
  auto used = set->keys().begin();
  auto skipped = set->skipped().begin();
  for (const JsonValue entry : entries) {
    ListedKey listed = described(entry);
    const auto key = Jwk::parse(entry.text());
    if (key && used != set->keys().end() && is_same(*key, *used)) {
      listed.key = *used++;
    } else {
      listed.reason = (skipped++)->reason;
      if (!key) listed.member = key.error().subject();
    }
    list.push_back(std::move(listed));
  }
  return list;
}

void print_table(const std::vector<ListedKey>& keys, const Colours& colours) {
  const auto good = [&colours](std::string_view text) { return colours.good(text); };
  const auto bad = [&colours](std::string_view text) { return colours.bad(text); };
  const auto heading = [&colours](std::string_view text) { return colours.heading(text); };

  Table table;
  std::vector<Table::Cell> head;
  for (const char* const name : {"kid", "kty", "alg", "use", "bits", "thumbprint", "state"}) {
    head.push_back({name, heading});
  }
  table.add_row(std::move(head));
  for (const ListedKey& each : keys) {
    std::vector<Table::Cell> row{
        {cell(each.key_id)}, {cell(each.type)}, {cell(each.algorithm)}, {cell(each.use)}};
    row.push_back({each.key ? std::to_string(each.key->bits()) : ""});
    row.push_back({each.key ? std::string(each.key->thumbprint()) : ""});
    row.push_back(each.key ? Table::Cell{"usable", good} : Table::Cell{why_not(each), bad});
    table.add_row(std::move(row));
  }
  table.print(std::cout);
}

std::string to_json(const std::vector<ListedKey>& keys) {
  std::string out = "[";
  for (const ListedKey& each : keys) {
    if (out.size() > 1) out += ',';
    out += R"({"kid":)" + json_or_null(each.key_id) + R"(,"kty":)" + json_or_null(each.type) +
           R"(,"alg":)" + json_or_null(each.algorithm) + R"(,"use":)" + json_or_null(each.use);
    if (each.key) {
      out += R"(,"bits":)" + std::to_string(each.key->bits()) + R"(,"thumbprint":)" +
             json_string(each.key->thumbprint()) + R"(,"usable":true)";
    } else {
      out += R"(,"usable":false,"reason":)" + json_string(to_string(each.reason));
      if (!each.member.empty()) out += R"(,"member":)" + json_string(each.member);
    }
    out += each.exposed ? R"(,"exposed":true})" : R"(,"exposed":false})";
  }
  return out + ']';
}

}  // namespace jwks::cli
