#include "emulator/issuer/members.hpp"

#include <algorithm>

#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

void set_member(JsonMembers& members, std::string_view name, std::string_view json) {
  const auto has_name = [name](const auto& member) { return member.first == name; };
  if (json.empty()) {
    std::erase_if(members, has_name);
  } else if (const auto at = std::find_if(members.begin(), members.end(), has_name);
             at != members.end()) {
    at->second = json;
  } else {
    members.emplace_back(name, json);
  }
}

JsonMembers members_of(JsonValue object) {
  JsonMembers members;
  for (auto member = object.begin(); member != object.end(); ++member) {
    members.emplace_back(member.name(), (*member).text());
  }
  return members;
}

std::string object_text(const JsonMembers& members) {
  JsonObject object;
  for (const auto& [name, json] : members) object.raw(name, json);
  return object.text();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
