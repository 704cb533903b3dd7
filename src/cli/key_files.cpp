#include "cli/key_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "cli/algorithm_names.hpp"
#include "cli/terminal.hpp"

namespace jwks::cli {
namespace {

constexpr std::size_t kMaxKeyFileBytes = std::size_t{64} * 1024;

using MakeKey = std::function<Result<Jwk>(Algorithm)>;

/// One key for each algorithm that it is fit for. *Failure:* fit for none; the first reason that is
/// about the key itself.
Result<JwkSet> keys_for(AlgorithmSet algorithms, const MakeKey& make) {
  std::vector<Jwk> keys;
  std::optional<Error> fault;
  const auto add = [&](Algorithm algorithm) {
    const auto fits = [algorithm](const Jwk& key) { return key.fits(algorithm); };
    // A key for EdDSA is one for Ed25519 as well (RFC 9864 §2.2).
    if (!algorithms.contains(algorithm) || std::ranges::any_of(keys, fits)) return;
    auto key = make(algorithm);
    if (key) {
      keys.push_back(std::move(key).value());
    } else if (!fault || fault->reason() == ErrorReason::alg_mismatch) {
      fault = key.error();
    }
  };
  std::ranges::for_each(kKeyPairAlgorithms, add);
  std::ranges::for_each(kSecretAlgorithms, add);
  if (keys.empty()) return fault.value_or(Error(ErrorCode::bad_config).about("algorithms"));
  return JwkSet::of(std::move(keys));
}

/// UTF-8 without control characters.
bool is_one_line(std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const bool is_printable = first >= ' ' && first < 0x7F;
    const std::size_t size = first < 0x80 ? (is_printable ? 1 : 0) : utf8::sequence_size(text);
    const bool is_c1 = size == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (size == 0 || is_c1) return false;
    text.remove_prefix(size);
  }
  return true;
}

/// The end of the line that `echo` and editors put behind a text is no part of the secret; a secret
/// that is no text is taken whole.
std::string_view without_line_end(std::string_view secret) {
  std::string_view text = secret;
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return is_one_line(text) ? text : secret;
}

void warn_if_others_can_read(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0 || (status.st_mode & (S_IRGRP | S_IROTH)) == 0) return;
  warn(text::escape(path) + ": others can read this secret (chmod 600 keeps them out)");
}

Result<JwkSet> parse_keys(const KeyLocation& location, std::string_view content,
                          AlgorithmSet algorithms) {
  if (!location.jwks_file.empty()) return JwkSet::parse(content);
  if (!location.pem_file.empty()) {
    return keys_for(algorithms, [content](Algorithm each) { return Jwk::from_pem(content, each); });
  }
  const std::string_view secret = without_line_end(content);
  return keys_for(algorithms, [secret](Algorithm each) { return Jwk::from_secret(secret, each); });
}

}  // namespace

std::optional<JwkSet> load_key_files(const KeyLocation& location, AlgorithmSet algorithms) {
  const bool is_set = !location.jwks_file.empty();
  const std::string& path = is_set                       ? location.jwks_file
                            : !location.pem_file.empty() ? location.pem_file
                                                         : location.secret_file;
  if (!location.secret_file.empty()) warn_if_others_can_read(path);
  const auto content = read_file(path, is_set ? JwkSet::kMaxBytes : kMaxKeyFileBytes);
  if (!content) return std::nullopt;
  auto keys = parse_keys(location, *content, algorithms);
  if (!keys) {
    complain(path, keys.error());
    return std::nullopt;
  }
  return std::move(keys).value();
}

}  // namespace jwks::cli
