-- KEYS stream, fence, tries, later, seq   ARGV fence number, id, lane, tries, due ms
if passed_on(KEYS[2], ARGV[1]) then return fenced() end
local command = take_out(KEYS[1], KEYS[3], ARGV[2])
if command then postpone(KEYS[4], KEYS[5], ARGV[3], command, ARGV[4], ARGV[5]) end
return 1
