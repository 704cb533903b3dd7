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

constexpr double kMaxRatio = 1.11;  // 90 % of the signatures that OpenSSL alone could make
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

void register_mint(Table& table, Crew& crew, Algorithm algorithm) {
  const auto mint = std::make_shared<Mint>(algorithm, pinned_pem(algorithm));
  table.add({.name = "mint/" + std::string(to_string(algorithm)), .target = kMaxRatio},
            [&crew, mint](benchmark::State& state) {
              run_paired(
                  state, crew, 1, 16,
                  [&](unsigned, int) { benchmark::DoNotOptimize(mint->floor.sign(mint->input)); },
                  [&](unsigned, int) {
                    benchmark::DoNotOptimize(mint->issuer.issue({.audience = "orders-api"}));
                  });
            });
}

/// The time of one call, as a row of its own.
template <class Start>
void register_start(Table& table, const char* name, Start start) {
  table.add({.name = name, .unit = Unit::ns, .target = kMaxStartNs}, measure_alone(start));
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

void register_program(Table& table) {
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
  register_start(table, "start/jwks-emulator", [file] { return time_program(file->name); });
}
#endif

}  // namespace

void register_minting(Table& table, Crew& crew) {
  for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::ps256, Algorithm::es256,
                                    Algorithm::es384, Algorithm::es512, Algorithm::eddsa}) {
    register_mint(table, crew, algorithm);
  }
  const EmulatorOptions pinned{
      .keys = {{.algorithm = Algorithm::es256, .pem = pinned_pem(Algorithm::es256)},
               {.algorithm = Algorithm::rs256, .pem = pinned_pem(Algorithm::rs256)},
               {.algorithm = Algorithm::ps256, .pem = pinned_pem(Algorithm::ps256)},
               {.algorithm = Algorithm::eddsa, .pem = pinned_pem(Algorithm::eddsa)}}};
  register_start(table, "start/Emulator", [pinned] {
    std::optional<Emulator> emulator;  // stops after the clock has
    return time_ns(1, [&](int) { emulator.emplace(take(Emulator::start(pinned))); });
  });
#ifdef JWKS_EMULATOR_PROGRAM
  register_program(table);
#endif
}

}  // namespace bench
