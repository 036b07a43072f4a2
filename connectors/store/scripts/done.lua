-- KEYS stream, fence, tries   ARGV fence number, id
if passed_on(KEYS[2], ARGV[1]) then return fenced() end
take_out(KEYS[1], KEYS[3], ARGV[2])
return 1
