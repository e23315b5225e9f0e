// Express loads body-parser and its 460 kB of character sets although nothing here has Express read a body.
module.exports = {};
