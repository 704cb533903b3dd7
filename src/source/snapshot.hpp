#pragma once

// `Snapshot`: one accepted key set and how long it may be trusted. Immutable: a refresh publishes
// another one, so whoever holds a pointer works with one consistent set to the end.
//
// Every time is steady (see jwks/clock.hpp): stepping the wall clock changes nothing here.

#include <cstdint>
#include <memory>
#include <string>

#include "crypto/digest.hpp"
#include "jwks/clock.hpp"
#include "jwks/jwk_set.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

struct Snapshot {
  JwkSet keys{};
  /// The document that the keys were read from: what an export is made of.
  std::shared_ptr<const std::string> document{};
  /// Keys that were withdrawn and have their grace (CacheOptions::removed_key_grace). They are
  /// asked only for tokens that `keys` knows nothing of.
  JwkSet removed{};
  SteadyTime removed_until{};
  crypto::Sha256 body_hash{};
  /// Where the document came from, which is whom `etag` and `last_modified` mean something to;
  /// empty for one that was imported: nobody but the issuer can say what it has.
  std::string url{};
  std::string etag{};
  std::string last_modified{};
  std::uint64_t generation = 0;  ///< grows only when the document's content changes
  SteadyTime validated_at{};     ///< when the issuer last vouched for it: received − Age
  SteadyTime soft_at{};          ///< refresh in the background from here on
  SteadyTime fresh_until{};
  SteadyTime stale_until{};
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

/// What a verification works with. Without a snapshot no key is trusted at the moment.
struct KeysInHand {
  SnapshotPtr snapshot{};
  bool stale = false;
  std::chrono::seconds age{0};
  bool in_grace = false;  ///< `snapshot->removed` may be asked
  SteadyTime at{};        ///< the moment that all this is said of
};

}  // namespace source
}  // namespace v0
}  // namespace jwks
