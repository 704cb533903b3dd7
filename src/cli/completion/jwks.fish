# Completion of jwks(1) for fish.

# Tells whether these are the commands on the line so far.
function __jwks_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l commands
    for word in $words
        switch "$commands $word"
            case ' inspect' ' verify' ' keys' ' key' ' serve-auth' \
                'key generate' 'key convert' 'key thumbprint'
                set -a commands $word
        end
    end
    test "$commands" = "$argv"
end

set -l algorithms RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 ES256K EdDSA Ed25519 Ed448 \
    ML-DSA-44 ML-DSA-65 ML-DSA-87

complete -c jwks -f
complete -c jwks -s h -l help -d 'Print the options'
complete -c jwks -n __jwks_at -l version -d 'Print the version'
complete -c jwks -n __jwks_at -a inspect -d 'Show what a token says, without verifying it'
complete -c jwks -n __jwks_at -a verify -d 'Verify a token, or many'
complete -c jwks -n __jwks_at -a keys -d 'List the keys of a JWK Set'
complete -c jwks -n __jwks_at -a key -d 'Make and convert keys'
complete -c jwks -n __jwks_at -a serve-auth -d 'Check tokens for a proxy'
complete -c jwks -n '__jwks_at key' -a generate -d 'Make a new key pair, for tests'
complete -c jwks -n '__jwks_at key' -a convert -d 'Write a key in another form'
complete -c jwks -n '__jwks_at key' -a thumbprint -d 'Print the thumbprint of a key'

complete -c jwks -n '__jwks_at inspect' -l token-file -rF -d 'File with the token'
complete -c jwks -n '__jwks_at inspect' -l now -x -d 'Count from this time'
complete -c jwks -n '__jwks_at inspect' -l json -d 'Print one JSON object'

complete -c jwks -n '__jwks_at verify' -F
complete -c jwks -n '__jwks_at verify' -l token-file -rF -d 'File with the token'
complete -c jwks -n '__jwks_at verify' -l issuer -x -d 'Expected issuer'
complete -c jwks -n '__jwks_at verify' -l any-issuer -d 'Do not check the issuer'
complete -c jwks -n '__jwks_at verify' -l audience -x -d 'Accepted audience'
complete -c jwks -n '__jwks_at verify' -l any-audience -d 'Do not check the audience'
complete -c jwks -n '__jwks_at verify' -l jwks -rF -d 'File with a JWK Set'
complete -c jwks -n '__jwks_at verify' -l jwks-uri -x -d 'URL of the JWK Set'
complete -c jwks -n '__jwks_at verify' -l key -rF -d 'File with a public key or a certificate'
complete -c jwks -n '__jwks_at verify' -l secret-file -rF -d 'File with a secret'
complete -c jwks -n '__jwks_at verify' -l algorithms -xa "$algorithms" -d 'Algorithms to accept'
complete -c jwks -n '__jwks_at verify' -l type -x -d 'The only "typ" accepted'
complete -c jwks -n '__jwks_at verify' -l profile -xa 'jwt access_token id_token logout_token' \
    -d 'Kind of token'
complete -c jwks -n '__jwks_at verify' -l required-claims -x -d 'Claims that must be there'
complete -c jwks -n '__jwks_at verify' -l clock-skew -x -d 'Tolerance in seconds'
complete -c jwks -n '__jwks_at verify' -l max-token-age -x -d 'Largest age in seconds'
complete -c jwks -n '__jwks_at verify' -l now -x -d 'Judge as if it were this time'
complete -c jwks -n '__jwks_at verify' -l ca-file -rF -d 'Authorities to trust for https'
complete -c jwks -n '__jwks_at verify' -l allow-loopback-http -d 'Accept http:// on this machine'
complete -c jwks -n '__jwks_at verify' -l json -d 'Print one JSON object'
complete -c jwks -n '__jwks_at verify' -l batch -d 'Verify many tokens'
complete -c jwks -n '__jwks_at verify' -l jobs -x -d 'Threads of --batch'

complete -c jwks -n '__jwks_at keys' -l issuer -x -d 'Find the keys by discovery'
complete -c jwks -n '__jwks_at keys' -l jwks-uri -x -d 'URL of the JWK Set'
complete -c jwks -n '__jwks_at keys' -l file -rF -d 'File with a JWK Set'
complete -c jwks -n '__jwks_at keys' -l json -d 'Print one JSON object'
complete -c jwks -n '__jwks_at keys' -l watch -d 'Show how the keys change'
complete -c jwks -n '__jwks_at keys' -l interval -x -d 'Ask that often, in seconds'
complete -c jwks -n '__jwks_at keys' -l ca-file -rF -d 'Authorities to trust for https'
complete -c jwks -n '__jwks_at keys' -l allow-loopback-http -d 'Accept http:// on this machine'

complete -c jwks -n '__jwks_at key generate' -l algorithm -xa "$algorithms" -d 'What it is for'
complete -c jwks -n '__jwks_at key generate' -l rsa-bits -x -d 'Size of an RSA key'
complete -c jwks -n '__jwks_at key generate' -l format -xa 'jwk pem' -d 'Form of the key'
complete -c jwks -n '__jwks_at key generate' -l kid -x -d 'Key ID'
complete -c jwks -n '__jwks_at key generate' -l public -d 'Write the public half only'
complete -c jwks -n '__jwks_at key generate' -l output -rF -d 'New file to write'
complete -c jwks -n '__jwks_at key generate' -l force -d 'Replace the file'

complete -c jwks -n '__jwks_at key convert' -F
complete -c jwks -n '__jwks_at key convert' -l to -xa 'jwk pem' -d 'Form of the key'
complete -c jwks -n '__jwks_at key convert' -l algorithm -xa "$algorithms" -d 'What it is for'
complete -c jwks -n '__jwks_at key convert' -l kid -x -d 'Key ID'
complete -c jwks -n '__jwks_at key convert' -l public -d 'Write the public half only'
complete -c jwks -n '__jwks_at key convert' -l output -rF -d 'New file to write'
complete -c jwks -n '__jwks_at key convert' -l force -d 'Replace the file'

complete -c jwks -n '__jwks_at key thumbprint' -F
complete -c jwks -n '__jwks_at key thumbprint' -l uri -d 'As a URI'

complete -c jwks -n '__jwks_at serve-auth' -l listen -x -d 'Address'
complete -c jwks -n '__jwks_at serve-auth' -l status -x -d 'Address of health and metrics'
complete -c jwks -n '__jwks_at serve-auth' -l threads -x -d 'Threads that verify'
complete -c jwks -n '__jwks_at serve-auth' -l realm -x -d 'Realm of WWW-Authenticate'
complete -c jwks -n '__jwks_at serve-auth' -l ext-authz-prefix -x -d 'Path prefix of Envoy'
complete -c jwks -n '__jwks_at serve-auth' -l audit -rF -d 'Write a line for each authentication'
complete -c jwks -n '__jwks_at serve-auth' -l issuer -x -d 'Expected issuer'
complete -c jwks -n '__jwks_at serve-auth' -l any-issuer -d 'Do not check the issuer'
complete -c jwks -n '__jwks_at serve-auth' -l audience -x -d 'Accepted audience'
complete -c jwks -n '__jwks_at serve-auth' -l any-audience -d 'Do not check the audience'
complete -c jwks -n '__jwks_at serve-auth' -l jwks -rF -d 'File with a JWK Set'
complete -c jwks -n '__jwks_at serve-auth' -l jwks-uri -x -d 'URL of the JWK Set'
complete -c jwks -n '__jwks_at serve-auth' -l key -rF -d 'File with a public key or a certificate'
complete -c jwks -n '__jwks_at serve-auth' -l secret-file -rF -d 'File with a secret'
complete -c jwks -n '__jwks_at serve-auth' -l from-env -d 'Take keys and policy from AUTH_*'
complete -c jwks -n '__jwks_at serve-auth' -l env-prefix -x -d 'Before the names of the variables'
complete -c jwks -n '__jwks_at serve-auth' -l algorithms -xa "$algorithms" -d 'Algorithms to accept'
complete -c jwks -n '__jwks_at serve-auth' -l type -x -d 'The only "typ" accepted'
complete -c jwks -n '__jwks_at serve-auth' -l profile -xa 'jwt access_token id_token logout_token' \
    -d 'Kind of token'
complete -c jwks -n '__jwks_at serve-auth' -l required-claims -x -d 'Claims that must be there'
complete -c jwks -n '__jwks_at serve-auth' -l clock-skew -x -d 'Tolerance in seconds'
complete -c jwks -n '__jwks_at serve-auth' -l max-token-age -x -d 'Largest age in seconds'
complete -c jwks -n '__jwks_at serve-auth' -l required-scope -x -d 'Scope that every token must have'
complete -c jwks -n '__jwks_at serve-auth' -l claim -x -d 'Claims that a field is read from'
complete -c jwks -n '__jwks_at serve-auth' -l require -x -d 'Field that every caller must have'
complete -c jwks -n '__jwks_at serve-auth' -l role-order -x -d 'Roles, the lowest first'
complete -c jwks -n '__jwks_at serve-auth' -l ca-file -rF -d 'Authorities to trust for https'
complete -c jwks -n '__jwks_at serve-auth' -l allow-loopback-http -d 'Accept http:// on this machine'
