// The most frequent words of English, most frequent first: a text says little with them.

const WORDS = `the of and a to in is it that was for on are as with his they at be this from i have or by one had
not but what all were when we there can an your which their said if do will each about how up out them then she
many some so these would other into has more her two like him see could no make than been its now people my made
over did down only way find use may long little very after words just where most know get through back much before
go good new write our used me man too any day same right look think also around another came come work three word
must because does part even place well such here take why things help put years different away again off went old
number great tell men say small every found still between name should home big give air line set own under read
last never us left end along while might next sound below saw something thought both few those always looked show
large often together asked house don world going want school important until form food keep children feet land
side without boy once animals life enough took sometimes four head above kind began almost live page got earth need
far hand high year mother light parts country father let night following picture being study second eyes soon
times story boys since white days ever paper hard near sentence better best across during today others however
sure means knew try told young miles sun ways thing whole hear example heard several change answer room sea
against top turned learn point city play toward five using himself usually am who you he whom whose upon shall
cannot am having done yes per etc via`
  .split(/\s+/)
  .map((word, rank) => /** @type {[string, number]} */ ([word, rank]));

/** @type {Map<string, number>}  a word's rank */
export const FREQUENT = new Map(WORDS.toReversed());
