#include "bench/peers/peers.hpp"

#include <memory>
#include <string>
#include <string_view>

#include "bench/failure.hpp"
#include "bench/paired.hpp"
#include "bench/peers/peer.hpp"

namespace bench {
namespace {

/// A peer that answers fast because it does not look would set no standard.
void require_works(Peer& peer, const Samples& samples, const std::string& name) {
  for (std::string token : samples.tokens) {
    require(peer.verify(token), name + " refuses a good token");
    char& changed = token[token.rfind('.') - 9];  // of the payload
    changed = changed == 'A' ? 'B' : 'A';
    require(!peer.verify(token), name + " accepts a changed payload");
  }
  std::string token = samples.tokens.front();
  char& changed = token[token.rfind('.') + 9];  // of the signature
  changed = changed == 'A' ? 'B' : 'A';
  require(!peer.verify(token), name + " accepts a changed signature");
}

[[maybe_unused]] void register_peer(Table& table, Crew& crew, const std::deque<Subject>& subjects,
                                    std::string_view name,
                                    std::unique_ptr<Peer> (*make)(const Samples&)) {
  for (const Subject& subject : subjects) {
    const std::shared_ptr<Peer> peer = make(subject.samples());
    if (!peer) continue;
    const std::string row = "peer/" + std::string(name) + '/' + subject.name();
    require_works(*peer, subject.samples(), row);
    table.add({.name = row}, [&crew, &subject, peer](benchmark::State& state) {
      run_paired(
          state, crew, 1, 2 * kTokensPerAlgorithm,
          [&](unsigned member, int i) { benchmark::DoNotOptimize(subject.floor(member, i)); },
          [&](unsigned, int i) {
            benchmark::DoNotOptimize(peer->verify(subject.samples().token(i)));
          });
    });
  }
}

}  // namespace

void register_peers([[maybe_unused]] Table& table, [[maybe_unused]] Crew& crew,
                    [[maybe_unused]] const std::deque<Subject>& subjects) {
#ifdef JWKS_BENCH_CJOSE
  register_peer(table, crew, subjects, "cjose", &make_cjose);
#endif
#ifdef JWKS_BENCH_JWT_CPP
  register_peer(table, crew, subjects, "jwt-cpp", &make_jwt_cpp);
#endif
#ifdef JWKS_BENCH_LIBJWT
  register_peer(table, crew, subjects, "libjwt", &make_libjwt);
#endif
}

}  // namespace bench
