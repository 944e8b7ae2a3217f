# Leaves in the person's folder what programs of theirs would run, and what must never be applied.
set -e
mkdir -p .git/hooks sub
printf '#!/bin/sh\necho hook\n' >.git/hooks/pre-commit
chmod +x .git/hooks/pre-commit
echo 'export A=b' >.envrc
echo 'new words' >notes.txt
echo deep >sub/deep.txt
echo odd >"$(printf 'odd\033[2Jname')"
rm old.txt
ln -s /etc/passwd link
mkfifo pipe
