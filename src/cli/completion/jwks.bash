# Completion of jwks(1) for bash.

# What may follow a command: _jwks_words COMMAND
_jwks_words() {
  case $1 in
    jwks) echo 'inspect verify keys key serve-auth --help --version' ;;
    inspect) echo '--help --token-file --now --json' ;;
    verify)
      echo '--help --token-file --issuer --any-issuer --audience --any-audience
        --jwks --jwks-uri --key --secret-file --algorithms --type --profile --required-claims
        --clock-skew --max-token-age --now --ca-file --allow-loopback-http --json --batch --jobs'
      ;;
    keys)
      echo '--help --issuer --jwks-uri --file --json --watch --interval --ca-file
        --allow-loopback-http'
      ;;
    key) echo 'generate convert thumbprint --help' ;;
    key-generate)
      echo '--help --algorithm --rsa-bits --format --kid --public --output --force' ;;
    key-convert) echo '--help --to --algorithm --kid --public --output --force' ;;
    key-thumbprint) echo '--help --uri' ;;
    serve-auth)
      echo '--help --listen --status --threads --realm --ext-authz-prefix --audit --issuer
        --any-issuer --audience --any-audience --jwks --jwks-uri --key --secret-file --from-env
        --env-prefix --algorithms --type --profile --required-claims --clock-skew --max-token-age
        --required-scope --claim --require --role-order --ca-file --allow-loopback-http'
      ;;
  esac
}

_jwks() {
  local current=$2 previous=$3 command=jwks word index
  local algorithms='RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 ES256K EdDSA Ed25519
    Ed448 ML-DSA-44 ML-DSA-65 ML-DSA-87'

  # --option=value: "=" is a word of its own.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()

  case $previous in
    --token-file | --jwks | --key | --secret-file | --ca-file | --file | --output | --audit)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --algorithm | --algorithms)
      mapfile -t COMPREPLY < <(compgen -W "$algorithms" -- "$current")
      return
      ;;
    --format | --to)
      mapfile -t COMPREPLY < <(compgen -W 'jwk pem' -- "$current")
      return
      ;;
    --profile)
      mapfile -t COMPREPLY < <(compgen -W 'jwt access_token id_token logout_token' -- "$current")
      return
      ;;
    --issuer | --audience | --jwks-uri | --type | --required-claims | --clock-skew | --now | \
      --max-token-age | --jobs | --interval | --rsa-bits | --kid | --listen | --threads | --realm | \
      --ext-authz-prefix | --env-prefix | --required-scope | --claim | --require | --role-order)
      return  # only its user knows
      ;;
  esac

  for ((index = 1; index < COMP_CWORD; ++index)); do
    word=${COMP_WORDS[index]}
    case $command/$word in
      jwks/inspect | jwks/verify | jwks/keys | jwks/key | jwks/serve-auth) command=$word ;;
      key/generate | key/convert | key/thumbprint) command=key-$word ;;
    esac
  done
  mapfile -t COMPREPLY < <(compgen -W "$(_jwks_words "$command")" -- "$current")
  case $command in
    verify | key-convert | key-thumbprint)
      # They take a file, too.
      [[ $current == -* ]] || mapfile -t COMPREPLY < <(compgen -f -- "$current")
      ;;
  esac
}

complete -o filenames -F _jwks jwks
