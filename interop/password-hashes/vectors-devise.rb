# Prints one JSON line per vector, as vectors.py does. Arguments: Devise's encryptor.rb, its version. Run by
# vectors-devise.sh.
require 'json'

# Of Active Support, which the Encryptor calls.
class Object
  def present?
    !(respond_to?(:empty?) ? empty? : !self)
  end
end
require ARGV[0]

Model = Struct.new(:pepper, :stretches)
passwords = ['correct horse battery', 'pässwörd-Ωmega-日本', "long #{'0123456789' * 8} tail"]
passwords.each do |password|
  hash = Devise::Encryptor.digest(Model.new('the pepper', 4), password)
  line = { format: 'Devise with a pepper', library: "Devise #{ARGV[1]}", password: password, hash: hash,
           hints: { pepper: 'the pepper' } }
  puts JSON.generate(line)
end
