-- KEYS conversation, log, desk, draft, room, translate, later, count, fence, seq
-- ARGV tag, fence number or '', id, expected version, body, unseen, heard, unsure, then five lists,
--      each with its length before it: log lines; index, score; lane, command;
--      lane, due ms, command; counter, by
local tag, id = ARGV[1], ARGV[3]
local at = 9
local function list()
  local items, length = {}, tonumber(ARGV[at])
  for i = 1, length do items[i] = ARGV[at + i] end
  at = at + length + 1
  return items
end
local function count(name, by) redis.call('HINCRBY', KEYS[8], name, by) end

if passed_on(KEYS[9], ARGV[2]) then return fenced() end
local known = redis.call('HMGET', KEYS[1], 'version', 'indexes', 'heard', 'seen', 'unsure')
if (known[1] or '0') ~= ARGV[4] then return {err = 'CONFLICT the conversation has changed'} end

for _, line in ipairs(list()) do redis.call('XADD', KEYS[2], '*', 'e', line) end

local indexes, names, held = list(), {}, {}
for i = 1, #indexes, 2 do
  redis.call('ZADD', tag .. ':' .. indexes[i], indexes[i + 1], id)
  names[#names + 1] = indexes[i]
  held[indexes[i]] = true
end
for _, name in ipairs(cjson.decode(known[2] or '[]')) do
  if not held[name] then redis.call('ZREM', tag .. ':' .. name, id) end
end

local streams = {desk = KEYS[3], draft = KEYS[4], room = KEYS[5], translate = KEYS[6]}
local now = list()
for i = 1, #now, 2 do add(streams[now[i]], now[i + 1], '0') end
local later = list()
for i = 1, #later, 3 do postpone(KEYS[7], KEYS[10], later[i], later[i + 2], '0', later[i + 1]) end
local counts = list()
for i = 1, #counts, 2 do count(counts[i], counts[i + 1]) end

-- A buyer's message counts as visible once, when a commit says that a room shows it.
local heard = tonumber(known[3] or '0') + tonumber(ARGV[7])
local seen = tonumber(known[4] or '0')
local unseen = tonumber(ARGV[6])
if unseen >= 0 and heard - unseen > seen then
  count('visible', heard - unseen - seen)
  seen = heard - unseen
end
local unsure = tonumber(ARGV[8]) - tonumber(known[5] or '0')
if unsure ~= 0 then count('unsure', unsure) end

redis.call('HSET', KEYS[1], 'version', tonumber(ARGV[4]) + 1, 'body', ARGV[5],
  'indexes', cjson.encode(names), 'heard', heard, 'seen', seen, 'unsure', ARGV[8])
news('conversation', id)
return 1
