# Makes a C table of a sorted list of words, one a line: awk -f words-to-c.awk common_passwords.txt > common_passwords.c
BEGIN {
    print "/* Made at build time by build-aux/words-to-c.awk. */"
    print "#include \"access/common_passwords.h\""
    print ""
    print "const char *const common_passwords[] = {"
}
{
    gsub(/\\/, "\\\\")
    gsub(/"/, "\\\"")
    gsub(/\?\?/, "?\\?")
    print "    \"" $0 "\","
}
END {
    print "};"
    print "const size_t common_password_count = sizeof common_passwords / sizeof common_passwords[0];"
}
