# Reads sources and prints every #include that breaks the layering of CONTRIBUTING.md, every file
# that is too long, and every line by which the library would print. Arguments: paths relative to the root. Exit status 1 if there was one.
#
#   base < crypto < jose < source < verifier < auth < cli     and     jose < emulator
#
# A file includes its own layer and those to its left. A public header belongs to a layer too.

BEGIN {
  # For each layer, what it may include.
  allow("base", "base")
  allow("crypto", "base crypto")
  allow("jose", "base crypto jose")
  allow("source", "base crypto jose source")
  allow("verifier", "base crypto jose source verifier")
  allow("auth", "base crypto jose source verifier auth")
  allow("cli", "base crypto jose source verifier auth cli emulator")
  allow("emulator", "base crypto jose emulator")

  public_headers("base", "algorithm clock error export json_value result version")
  public_headers("jose", "claims dpop id_token jwk_set nlohmann policy presentation replay_cache unverified_token verified_token verify")
  public_headers("source", "cache_options executor fetcher observer snapshot_store stats")
  public_headers("verifier", "awaitable jwks_verifier multi_issuer_verifier")
  public_headers("auth", "audit auth_environment authenticator http principal relying_party")
  public_headers("emulator", "emulator emulator_options emulator_token")

  # Where a third party's headers may be included: a pattern for the path of the including file.
  third_party["openssl"] = "^src/(crypto|emulator)/"
  third_party["curl"] = "^src/source/curl_[a-z_]+\\.(cpp|hpp)$"
  third_party["boost"] = "^src/(emulator|cli/serve)/"
  third_party["nlohmann"] = "^(src/emulator/|include/jwks/nlohmann\\.hpp$)"
  third_party["CLI"] = "^src/(cli/|emulator/program/)"
  third_party["yaml-cpp"] = "^src/(cli|emulator)/"

  # What a library says, it says by errors, events and numbers: it never prints.
  is_quiet["base"] = is_quiet["crypto"] = is_quiet["jose"] = 1
  is_quiet["source"] = is_quiet["verifier"] = is_quiet["auth"] = 1
  printing = "(^|[^a-zA-Z0-9_])(v?f?printf|v?dprintf|f?puts|f?putc|putchar|perror|v?syslog|stdout|stderr|cout|cerr|clog|(ERR_print_errors|BIO_new)_fp|print(ln)?)([^a-zA-Z0-9_]|$)"

  max_lines = 500
}

function allow(layer, names,    list, n, i) {
  is_layer[layer] = 1
  n = split(names, list, " ")
  for (i = 1; i <= n; i++) may_include[layer, list[i]] = 1
}

function public_headers(layer, names,    list, n, i) {
  n = split(names, list, " ")
  for (i = 1; i <= n; i++) layer_of_header["jwks/" list[i] ".hpp"] = layer
}

function breach(text) {
  print FILENAME ":" FNR ": " text
  breaches++
}

# The layer of a path such as src/jose/jwk.cpp or include/jwks/claims.hpp; "" if it has none.
function layer_of(path,    parts) {
  if (path ~ /^include\//) return layer_of_header[substr(path, length("include/") + 1)]
  split(path, parts, "/")
  return (parts[1] == "src" && parts[2] in is_layer) ? parts[2] : ""
}

function check_own(name,    target, parts) {
  if (name ~ /(^|\/)\.\.?\//) {
    breach("\"" name "\" is relative; name it from src/ or include/")
    return
  }
  split(name, parts, "/")
  if (parts[1] == "jwks") target = layer_of_header[name]
  else target = (parts[1] in is_layer) ? parts[1] : ""
  if (target == "") breach("\"" name "\" belongs to no layer")
  else if (is_public && parts[1] != "jwks") breach("a public header includes \"" name "\"")
  else if (!((own_layer, target) in may_include)) {
    breach("layer " own_layer " includes \"" name "\" of layer " target)
  }
}

function check_foreign(name,    parts) {
  split(name, parts, "/")
  if (parts[1] == "jwks" || parts[1] in is_layer) {
    breach("<" name "> is ours; include it with quotes")
  } else if (parts[1] in third_party) {
    if (FILENAME !~ third_party[parts[1]]) breach("<" name "> is not for this file")
  } else if (name ~ /^(sys|netinet|arpa|net|linux)\// || name ~ /^[a-z_]+\.h$/) {
    if (is_public) breach("a public header includes the system's <" name ">")
  } else if (name !~ /^[a-z0-9_]+$/) {
    breach("<" name "> is a third party that no rule knows")
  }
}

FNR == 1 {
  own_layer = layer_of(FILENAME)
  is_public = FILENAME ~ /^include\//
  is_library = FILENAME ~ /^(src|include)\//
  if (is_library && own_layer == "") breach("the file belongs to no layer")
}

FNR == max_lines + 1 { breach("more than " max_lines " lines") }

is_library && /^[ \t]*#[ \t]*include[ \t]*["<]/ {
  name = $0
  sub(/^[^"<]*/, "", name)
  is_quoted = name ~ /^"/
  name = substr(name, 2)
  sub(/[">].*$/, "", name)
  if (is_quoted) check_own(name)
  else check_foreign(name)
}

is_library && own_layer in is_quiet {
  code = $0
  sub(/\/\/.*$/, "", code)
  gsub(/"([^"\\]|\\.)*"/, "\"\"", code)
  if (code ~ printing) breach("the library never prints")
}

END { exit breaches > 0 }
