-- Replaces entries that are there by later ones; their lives go on. What nobody has read lately is not kept.
-- KEYS entries; ARGV: for each its version as 19 digits and the entry without its version.
local replaced = 0
for place, key in ipairs(KEYS) do
  local version, entry = ARGV[2 * place - 1], ARGV[2 * place]
  local current = redis.call('getrange', key, 0, 18)
  if current ~= '' and current < version then
    redis.call('set', key, version .. entry, 'keepttl')
    replaced = replaced + 1
  end
end
return replaced
