#include "bench/minting.hpp"

#include <benchmark/benchmark.h>

#ifdef JWKS_EMULATOR_PROGRAM
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/failure.hpp"
#include "bench/paired.hpp"
#include "bench/signing_floor.hpp"
#include "emulator/issuer/signing_key.hpp"
#include "jwks/emulator.hpp"

namespace bench {
namespace {

using jwks::Algorithm;
using jwks::emulator::Emulator;
using jwks::emulator::EmulatorOptions;
using jwks::emulator::SigningKey;

constexpr double kMaxStartNs = 100e6;

template <class T>
T take(jwks::Result<T> result) {
  return bench::take(std::move(result), "minting");
}

std::string pinned_pem(Algorithm algorithm) {
  return take(take(SigningKey::generate(algorithm)).private_pem());
}

/// An emulator and a bare key that sign the same bytes.
struct Mint {
  Mint(Algorithm algorithm, const std::string& pem)
      : issuer(take(Emulator::start({.keys = {{.algorithm = algorithm, .pem = pem}}}))),
        floor(algorithm, pem) {
    issuer.stop();  // it signs; nobody needs its server
    const std::string token = take(issuer.issue({.audience = "orders-api"}));
    input = token.substr(0, token.rfind('.'));
    if (!floor.sign(input)) fail("the floor can't sign");
  }

  Emulator issuer;
  SigningFloor floor;
  std::string input;
};

void register_mint(Algorithm algorithm, double max_ratio) {
  const auto mint = std::make_shared<Mint>(algorithm, pinned_pem(algorithm));
  const std::string name = "mint/" + std::string(to_string(algorithm));
  benchmark::RegisterBenchmark(name.c_str(), [mint, max_ratio](benchmark::State& state) {
    run_paired(
        state, 16, [&](int) { benchmark::DoNotOptimize(mint->floor.sign(mint->input)); },
        [&](int) { benchmark::DoNotOptimize(mint->issuer.issue({.audience = "orders-api"})); });
    state.counters[kMaxRatio] = max_ratio;
  });
}

/// The time of one call, as a row of its own.
template <class Start>
void register_start(const char* name, Start start) {
  benchmark::RegisterBenchmark(name, [start](benchmark::State& state) {
    std::vector<double> ns;
    for ([[maybe_unused]] auto round : state) ns.push_back(start());
    state.counters[kOursNs] = median(ns);
    state.counters[kMaxNs] = kMaxStartNs;
  });
}

#ifdef JWKS_EMULATOR_PROGRAM
/// Runs the program and returns how long it took to print that it listens.
double time_program(const std::string& pem_file) {
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) fail("pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, pipe[0]);
  std::vector<std::string> words{JWKS_EMULATOR_PROGRAM, "--port", "0",     "--json",
                                 "--signing-key",       pem_file, "--kid", "pinned"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t program = 0;
  double ns = 0;
  ns = time_ns(1, [&](int) {
    if (posix_spawn(&program, words[0].c_str(), &actions, nullptr, arguments.data(), environ) !=
        0) {
      fail("cannot run " + words[0]);
    }
    ::close(pipe[1]);
    char first = 0;
    if (::read(pipe[0], &first, 1) != 1 || first != '{') fail("the program says nothing");
  });
  ::kill(program, SIGTERM);
  ::waitpid(program, nullptr, 0);
  ::close(pipe[0]);
  posix_spawn_file_actions_destroy(&actions);
  return ns;
}

void register_program() {
  // In the working directory, for as long as the benchmark runs.
  struct File {
    ~File() { std::remove(name.c_str()); }
    std::string name = "jwks_bench_key." + std::to_string(::getpid()) + ".pem";
  };
  const auto file = std::make_shared<File>();
  if (std::FILE* const out = std::fopen(file->name.c_str(), "w")) {
    std::fputs(pinned_pem(Algorithm::rs256).c_str(), out);
    std::fclose(out);
  }
  register_start("start/jwks-emulator", [file] { return time_program(file->name); });
}
#endif

}  // namespace

void register_minting() {
  for (const auto& [algorithm, max_ratio] : {std::pair{Algorithm::rs256, 1.05},
                                             {Algorithm::ps256, 1.05},
                                             {Algorithm::es256, 1.2},
                                             {Algorithm::es384, 1.2},
                                             {Algorithm::es512, 1.2},
                                             {Algorithm::eddsa, 1.2}}) {
    register_mint(algorithm, max_ratio);
  }
  const EmulatorOptions pinned{
      .keys = {{.algorithm = Algorithm::es256, .pem = pinned_pem(Algorithm::es256)},
               {.algorithm = Algorithm::rs256, .pem = pinned_pem(Algorithm::rs256)},
               {.algorithm = Algorithm::ps256, .pem = pinned_pem(Algorithm::ps256)},
               {.algorithm = Algorithm::eddsa, .pem = pinned_pem(Algorithm::eddsa)}}};
  register_start("start/Emulator", [pinned] {
    std::optional<Emulator> emulator;  // stops after the clock has
    return time_ns(1, [&](int) { emulator.emplace(take(Emulator::start(pinned))); });
  });
#ifdef JWKS_EMULATOR_PROGRAM
  register_program();
#endif
}

}  // namespace bench
