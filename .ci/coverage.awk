# Reads what `llvm-cov export --format=lcov` writes, prints a table, and fails below the limits:
# `lines` per cent of all lines together, and every branch of the files that match `every_branch`.
#
# A branch counts once, however often its template was instantiated. A line of source that says
# "unreachable:" and why is not counted among the branches: there a library would have to break its
# word.

function short(path) { sub(/.*\/src\//, "src/", path); return path }

function is_excused(path, line,    text, n) {
  if (!(path in read_already)) {
    read_already[path] = 1
    n = 0
    while ((getline text < path) > 0) excused[path, ++n] = (text ~ /unreachable:/)
    close(path)
  }
  return excused[path, line] || excused[path, line - 1]
}

/^SF:/ { file = substr($0, 4) }

/^DA:/ {
  split(substr($0, 4), f, ",")
  files[file] = 1
  if (!((file, f[1]) in hits)) total_lines[file]++
  if (f[2] > 0 && !(hits[file, f[1]] > 0)) covered_lines[file]++
  hits[file, f[1]] += f[2]
}

/^BRDA:/ {
  split(substr($0, 6), f, ",")
  key = file SUBSEP f[1] SUBSEP f[2] SUBSEP f[3]
  if (!(key in taken)) order[++branches] = key
  taken[key] += (f[4] == "-" ? 0 : f[4])
}

END {
  for (i = 1; i <= branches; i++) {
    split(order[i], f, SUBSEP)
    if (is_excused(f[1], f[2])) continue
    total_branches[f[1]]++
    if (taken[order[i]] > 0) covered_branches[f[1]]++
    else missed[f[1]] = missed[f[1]] " " f[2]
  }
  printf "%-34s %13s %15s\n", "file", "lines", "branches"
  for (file in files) {
    row = sprintf("%-34s %5d of %4d %6d of %4d", short(file), covered_lines[file],
                  total_lines[file], covered_branches[file], total_branches[file])
    if (missed[file] != "") row = row "  branches missed in lines" missed[file]
    print row | "sort"
    all += total_lines[file]
    covered += covered_lines[file]
    if (short(file) ~ every_branch && missed[file] != "") incomplete = incomplete " " short(file)
  }
  close("sort")
  if (all == 0) { print "error: no coverage data"; exit 1 }
  printf "lines: %d of %d, %.2f %%; at least %s %% are asked for\n", covered, all,
         100 * covered / all, lines
  if (100 * covered < lines * all) { print "error: too few lines are covered"; failed = 1 }
  if (incomplete != "") { print "error: every branch is asked for in" incomplete; failed = 1 }
  exit failed
}
