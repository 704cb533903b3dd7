#include "interleaving/keys.hpp"

#include <array>
#include <vector>

#include "support/tokens.hpp"

namespace interleaving {

const std::string& name_of(unsigned kid) {
  static const std::array<std::string, kKids> names = [] {
    std::array<std::string, kKids> made;
    for (unsigned i = 0; i < kKids; ++i) made[i] = (i < kKeys ? "k" : "x") + std::to_string(i);
    return made;
  }();
  return names[kid];
}

const jwks::JwkSet& set_of(Content content) {
  static const std::array<jwks::JwkSet, kAllKeys + 1> sets = [] {
    std::vector<test::SigningKey> keys;
    for (unsigned i = 0; i < kKeys; ++i)
      keys.push_back(test::SigningKey::generate(test::Algorithm::ed25519, name_of(i)).value());
    std::array<jwks::JwkSet, kAllKeys + 1> made;
    for (Content each = 0; each <= kAllKeys; ++each) {
      std::vector<test::SigningKey> chosen;
      for (unsigned i = 0; i < kKeys; ++i)
        if (holds(each, i)) chosen.push_back(keys[i]);
      made[each] = test::key_set(chosen);
    }
    return made;
  }();
  return sets[content];
}

std::string describe(Content content) {
  std::string text = "{";
  for (unsigned i = 0; i < kKeys; ++i)
    if (holds(content, i)) text.append(text.size() > 1 ? " " : "").append(name_of(i));
  return text + "}";
}

}  // namespace interleaving
