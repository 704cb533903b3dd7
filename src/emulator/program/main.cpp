// jwks-emulator: the emulator as a program. It finds and checks its configuration, serves until a
// signal ends it, and says in one line what keeps it from doing so.

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#include <array>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "base/text.hpp"
#include "emulator/config/config.hpp"
#include "emulator/issuer/signing_key.hpp"
#include "emulator/program/options.hpp"
#include "emulator/program/output.hpp"
#include "jwks/emulator.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::uint16_t kDefaultPort = 4100;
/// More than any configuration or key may have; their readers say so.
constexpr std::size_t kMaxFileBytes = 2 << 20;

/// The content of a file, or why it can't be had. *Blocking:* on the disk, or on who feeds a pipe.
std::variant<std::string, std::error_code> read_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return std::make_error_code(std::errc::is_a_directory);
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFileBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof())) {
    return std::error_code(errno != 0 ? errno : EIO, std::generic_category());
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::string why_unreadable(std::string_view what, const std::string& path,
                           const std::error_code& error) {
  return "can't read the " + std::string(what) + ' ' + text::escape(path) + ": " + error.message();
}

/// The configuration to use: the one asked for, else the first of the usual names that is there.
std::filesystem::path config_path(const ProgramOptions& said) {
  if (!said.config.empty()) return said.config;
  for (const char* const stem : {"jwks-emulator", "workos-emulate.config"}) {
    for (const char* const extension : {".yaml", ".yml", ".json"}) {
      const std::filesystem::path path = std::string(stem) + extension;
      std::error_code ignored;
      if (std::filesystem::exists(path, ignored)) return path;
    }
  }
  return {};
}

/// Says everything that there is to say about a configuration.
void print_findings(const std::string& path, const LoadedConfig& loaded) {
  const std::string shown = text::escape(path);
  for (const SeedProblem& each : loaded.warnings) {
    std::cerr << shown << ": warning: " << to_string(each) << '\n';
  }
  for (const SeedProblem& each : loaded.problems) {
    std::cerr << shown << ": " << to_string(each) << '\n';
  }
}

/// Reads the configuration, if there is one, over the program's defaults.
std::variant<EmulatorOptions, ExitStatus> read_config(const ProgramOptions& said) {
  EmulatorOptions defaults{.port = kDefaultPort};
  const std::filesystem::path path = config_path(said);
  if (path.empty()) {
    if (said.validate_config) return fail("there is no configuration to validate");
    return defaults;
  }
  const auto content = read_file(path);
  if (const auto* const error = std::get_if<std::error_code>(&content)) {
    return fail(why_unreadable("configuration", path.string(), *error));
  }
  // What reads tokens in the style of such files looks for the array claim.
  defaults.scopes_as_array = path.filename().string().starts_with("workos-emulate.");
  LoadedConfig loaded =
      load_config(std::get<std::string>(content), path.parent_path(), std::move(defaults));
  print_findings(path.string(), loaded);
  if (said.validate_config) {
    if (!loaded.problems.empty()) return ExitStatus::invalid;
    std::cout << text::escape(path.string()) << ": valid\n";
    return written() ? ExitStatus::done : fail("can't write to standard output");
  }
  if (!loaded.problems.empty()) return ExitStatus::failed;
  return std::move(loaded.options);
}

/// The key of --signing-key in place of those of the configuration.
std::variant<KeyOptions, ExitStatus> read_signing_key(const ProgramOptions& said) {
  auto content = read_file(said.signing_key);
  if (const auto* const error = std::get_if<std::error_code>(&content)) {
    return fail(why_unreadable("signing key", said.signing_key, *error));
  }
  std::string& pem = std::get<std::string>(content);
  const auto algorithm = algorithm_for_pem(pem);
  if (!algorithm) {
    return fail("--signing-key: " + text::escape(said.signing_key) +
                " is no unencrypted RSA, EC or Edwards private key in PEM (PKCS#8)");
  }
  return KeyOptions{.algorithm = *algorithm, .pem = std::move(pem), .key_id = said.key_id};
}

/// A descriptor that whoever started us has closed would be that of our first socket, and we would
/// print to it. In the wrong direction, so that printing still fails.
void occupy_standard_descriptors() {
  for (const int descriptor : {0, 1, 2}) {
    if (::fcntl(descriptor, F_GETFD) == -1) {
      static_cast<void>(::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY));
    }
  }
}

/// Blocks the signals that end the program, in this thread and in those it starts.
sigset_t block_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

ExitStatus serve(const ProgramOptions& said, const EmulatorOptions& options) {
  const sigset_t signals = block_signals();
  const auto emulator = Emulator::start(options);
  if (!emulator) return fail(emulator.error().message());
  std::cout << (said.json ? ready_line(*emulator) : story(*emulator, options));
  if (!written()) return fail("can't write to standard output");
  int signal = 0;
  ::sigwait(&signals, &signal);
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);  // another one ends the program at once
  return ExitStatus::done;  // the destructor waits for no keys, as stop() would
}

ExitStatus run(int argc, char** argv) {
  const auto parsed = parse_options(argc, argv);
  if (const auto* const status = std::get_if<ExitStatus>(&parsed)) return *status;
  const auto& said = std::get<ProgramOptions>(parsed);
  auto config = read_config(said);
  if (const auto* const status = std::get_if<ExitStatus>(&config)) return *status;
  auto& options = std::get<EmulatorOptions>(config);
  apply(said, options);
  if (!said.signing_key.empty()) {
    const auto key = read_signing_key(said);
    if (const auto* const status = std::get_if<ExitStatus>(&key)) return *status;
    options.keys = {std::get<KeyOptions>(key)};
  }
  return serve(said, options);
}

}  // namespace
}  // namespace emulator
}  // namespace v0
}  // namespace jwks

int main(int argc, char** argv) {
  try {
    jwks::emulator::occupy_standard_descriptors();
    ::signal(SIGPIPE, SIG_IGN);  // who reads our output may leave: writing says so
    return static_cast<int>(jwks::emulator::run(argc, argv));
  } catch (const std::exception& error) {
    return static_cast<int>(jwks::emulator::fail(error.what()));
  }
}
