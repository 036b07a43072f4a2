-- What was taken and is not finished, without the ids in ARGV from 2 on. Nothing is counted: most of
-- it was only waiting in its holder's memory and never begun.
-- KEYS stream, fence, tries   ARGV fence number, ids…
-- Returns {{id, fields, tries}, …}
if passed_on(KEYS[2], ARGV[1]) then return fenced() end
local skip = {}
for i = 2, #ARGV do skip[ARGV[i]] = true end
local reply = redis.pcall('XREADGROUP', 'GROUP', 'parley', 'holder', 'STREAMS', KEYS[1], '0')
local found = {}
if not reply or reply.err then return found end
for _, entry in ipairs(reply[1][2]) do
  local id, fields = entry[1], entry[2]
  if not fields then
    redis.call('XACK', KEYS[1], 'parley', id)
  elseif not skip[id] then
    found[#found + 1] = {id, fields, tonumber(redis.call('HGET', KEYS[3], id) or '0')}
  end
end
return found
