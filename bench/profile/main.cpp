// What bench/profile.sh runs under callgrind: the tokens of one algorithm, again and again, by the
// library and by bare OpenSSL. Each way is a function of its own, for the tool to be switched on
// in.
//
//   jwks_bench_profile ALG COUNT

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "bench/failure.hpp"
#include "bench/floor.hpp"
#include "bench/samples.hpp"
#include "jwks/verify.hpp"

namespace bench {

/// Found by their names in the tool's options.
[[gnu::noinline]] void profile_floor(const Floor& floor, int count) {
  for (int i = 0; i < count; ++i) require(floor.verify(i), "the floor refuses a good signature");
}
[[gnu::noinline]] void profile_verify(const Samples& samples, int count) {
  for (int i = 0; i < count; ++i) {
    require(jwks::verify(samples.token(i), samples.keys, samples.policy, samples.now).has_value(),
            "a good token is refused");
  }
}

}  // namespace bench

int main(int argc, char** argv) {
  try {
    const auto algorithm = jwks::algorithm_from_name(argc == 3 ? argv[1] : "");
    if (!algorithm) bench::fail("usage: jwks_bench_profile ALG COUNT");
    const int count = std::atoi(argv[2]);
    const bench::Samples samples = bench::make_samples(*algorithm);
    const bench::Floor floor(samples);
    // Samples and floor have verified each token already: nothing is cold.
    bench::profile_floor(floor, count);
    bench::profile_verify(samples, count);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "jwks_bench_profile: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
