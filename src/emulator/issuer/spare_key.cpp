#include "emulator/issuer/spare_key.hpp"

#include <map>
#include <mutex>
#include <string>
#include <tuple>

namespace jwks {
inline namespace v0 {
namespace emulator {

Result<SigningKey> spare_key(SpareKey use, const KeyOptions& like) {
  static std::mutex mutex;
  static std::map<std::tuple<SpareKey, Algorithm, unsigned, std::string>, SigningKey> keys;
  const std::tuple wanted(use, like.algorithm, like.rsa_bits, like.curve);
  {
    const std::lock_guard lock(mutex);
    if (const auto found = keys.find(wanted); found != keys.end()) return found->second;
  }
  const Result<SigningKey> made = SigningKey::generate(like);
  if (!made) return made.error();
  const std::lock_guard lock(mutex);
  return keys.emplace(wanted, *made).first->second;  // the first who was done wins
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
